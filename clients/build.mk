# The generic side of the shims is a library. What a family of TLS libraries is
# says its library.mk, what a stack build is its file in clients/stacks/.
$(eval $(call lib,shim,clients))
SHIM_PARTS = $(O)/lib/libshim.a $(O)/lib/libmodel.a $(O)/lib/libbase.a

# Any client by its command line: one program for all of them, no TLS library.
# It is no stack by itself, so it is not called shim-NAME.
COMMAND_OBJS := $(patsubst %.c,$(O)/obj/%.o,$(wildcard clients/command/*.c))
$(O)/bin/command-client: $(COMMAND_OBJS) $(SHIM_PARTS)
	@mkdir -p $(@D)
	@echo "  LD      $@"
	@$(CC) $(LDFLAGS) -o $@ $(COMMAND_OBJS) $(SHIM_PARTS) $(BASE_LIBS)
DEPS += $(COMMAND_OBJS:.o=.d)
