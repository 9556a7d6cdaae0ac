# One shim program per stack build. The generic side is a library; each stack's
# folder names its objects and archives in its own build.mk.
$(eval $(call lib,shim,clients))
SHIM_PARTS = $(O)/lib/libshim.a $(O)/lib/libmodel.a $(O)/lib/libbase.a
SHIM_LIBS = -ljansson
SHIMS :=

# $(call shim,STACK,FOLDER,LIBRARIES,OTHER FILES): the program shim-STACK of all
# sources of a folder. LIBRARIES are the linker's words, OTHER FILES are made first.
define shim
SHIMS += $$(O)/bin/shim-$(1)
$(1)_SHIM_LIBS = $(3)
$(1)_SHIM_OBJS := $$(patsubst %.c,$$(O)/obj/%.o,$$(wildcard $(2)/*.c))
$$(O)/bin/shim-$(1): $$($(1)_SHIM_OBJS) $$(SHIM_PARTS) $(4)
	@mkdir -p $$(@D)
	@echo "  LD      $$@"
	@$$(CC) $$(LDFLAGS) -o $$@ $$($(1)_SHIM_OBJS) $$(SHIM_PARTS) $(3) $$(SHIM_LIBS)
DEPS += $$($(1)_SHIM_OBJS:.o=.d)
endef

include $(wildcard clients/*/build.mk)
.PHONY: shims
shims: $(SHIMS)
