# One stack build: private copies of the library's archives, the family's shim
# compiled against their headers, one program. `chainbreak stack build` calls it:
#     make -f clients/stacks/stack.mk STACK=build/stacks/NAME O=build
# $(STACK)/variables.mk tells FAMILY, KIND and PROGRAM; $(STACK)/tree is the
# source tree or prefix. What a family is, clients/FAMILY/library.mk says.
# Beside the sanitized program stands a sanitized shim, over the plain library.
SAN := $(findstring asan,$(O))
include flags.mk $(STACK)/variables.mk
TREE  := $(STACK)/tree
COMMA := ,
CFLAGS_LIBRARY ?= -O2 -w
# As boards are linked: what nobody calls is left out, with what it would need.
ifeq ($(KIND),tree)
SECTIONS := -ffunction-sections -fdata-sections
LEAVE_OUT := -Wl$(COMMA)--gc-sections
endif
# Archives of a newer toolchain push addresses from the GOT (`push
# f@GOTPCREL`), with a relocation that ld up to 2.40 takes for a call's and
# relaxes to one: Debian's Mbed TLS 3.6.7 crashed in its first deterministic
# signature.
AS_IT_IS := -Wl$(COMMA)--no-relax
# The usual places of headers; a prefix without them is searched.
FOLDERS := $(wildcard $(STACK)/include/* $(if $(filter prefix,$(KIND)),\
    $(TREE)/include $(TREE)/usr/include $(TREE)/usr/include/*-linux-gnu*))
HAS_HEADER = $(wildcard $(1:%=%/$(LIBRARY_HEADER)))
FOUND = $(if $(filter prefix,$(KIND)),$(if $(call HAS_HEADER,$(FOLDERS)),,\
    $(patsubst %/$(LIBRARY_HEADER),%,$(firstword \
    $(shell find -L $(TREE) -path '*/$(LIBRARY_HEADER)')))))
INCLUDES = $(patsubst %,-I%,$(FOLDERS) $(FOUND))
include clients/$(FAMILY)/library.mk

# The system's library, where the compiler looks. If it is not there no program
# is made, which is no error: a line says what to install.
ifeq ($(KIND),system)
ifndef LIBRARY_SYSTEM
PLAIN := $(filter /%,$(foreach n,$(LIBRARY_NAMES),\
    $(shell $(CC) -print-file-name=lib$(n).a)))
LACKING := $(filter-out $(notdir $(PLAIN)),$(LIBRARY_NAMES:%=lib%.a))
endif
LACKING += $(shell echo '$(LIBRARY_PROBE)' | \
    $(CC) $(CPPFLAGS) $(INCLUDES) -include $(LIBRARY_HEADER) -fsyntax-only \
    -x c - 2>/dev/null || echo $(LIBRARY_HEADER) $(if $(LIBRARY_PROBE),\
    with what clients/$(FAMILY) needs of it))
ifneq ($(strip $(LACKING)),)
$(info chainbreak: not on this machine: $(strip $(LACKING)) (package $(LIBRARY_PACKAGE)))
$(shell rm -f $(PROGRAM))
PROGRAM :=
endif
endif

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.PHONY: all
all: $(PROGRAM)

# A tree of another family, or of none, stops here.
ifeq ($(KIND),tree)
$(if $(LIBRARY_TREE_MARKS),,$(error chainbreak: no source tree of $(FAMILY) is \
    compiled here: give a prefix or libraries))
$(foreach m,$(LIBRARY_TREE_MARKS),$(if $(wildcard $(TREE)/$(m)),,\
    $(error chainbreak: no $(m): this is no source tree of $(FAMILY))))
endif

# Without headers of its own the system's would be taken, of another version.
ifneq ($(filter prefix libraries,$(KIND)),)
ifeq ($(call HAS_HEADER,$(INCLUDES:-I%=%)),)
$(error chainbreak: no header $(LIBRARY_HEADER) $(if $(filter prefix,\
    $(KIND)),below the prefix,in the folders that `include` names))
endif
endif

# A library that is compiled here finds the firmware's own folders last, and
# behind them empty files for headers of the board's SDK (sdk-headers.sh), which
# the library's own header is read for. The compiler takes these folders for the
# system's, so -MD: a change of a header there is one too.
ifeq ($(KIND)$(CONFIG),treeyes)
LIBRARY_CPPFLAGS += $(patsubst %,-idirafter %,$(wildcard $(STACK)/include/*))
ifdef LIBRARY_HEADER
SDK_MISSING := $(shell clients/stacks/sdk-headers.sh $(STACK) $(LIBRARY_HEADER) \
    $(CC) $(LIBRARY_CPPFLAGS) $(DEFINES))
$(if $(SDK_MISSING),$(error chainbreak: $(SDK_MISSING)))
LIBRARY_CPPFLAGS += -idirafter $(STACK)/sdk
endif
endif

# --- The library ---
ifeq ($(KIND),tree)
ifdef LIBRARY_SOURCES
LIBRARY_OBJS := $(LIBRARY_SOURCES:$(TREE)/%.c=$(STACK)/library/%.o)
$(STACK)/library/%.o: $(TREE)/%.c $(STACK)/variables.mk
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS_LIBRARY) $(SECTIONS) $(LIBRARY_CPPFLAGS) $(DEFINES) -MD -MP -c -o $@ $<
$(STACK)/plain/liblibrary.a: $(LIBRARY_OBJS)
	@mkdir -p $(@D)
	@rm -f $@
	@$(AR) rcs $@ $^
PLAIN := $(STACK)/plain/liblibrary.a
else
PLAIN := $(LIBRARY_BUILT)
endif
endif
ifeq ($(KIND),prefix)
find_archive = $(firstword $(shell find -L $(TREE) -name 'lib$(1).a'))
PLAIN := $(foreach n,$(LIBRARY_NAMES),$(call find_archive,$(n)))
ifneq ($(words $(PLAIN)),$(words $(LIBRARY_NAMES)))
$(error chainbreak: not all of $(LIBRARY_NAMES:%=lib%.a) are below the prefix)
endif
endif
ifeq ($(KIND),libraries)
PLAIN := $(wildcard $(STACK)/libraries/*.a)
endif

# One archive may be given to the linker before what it needs.
ifneq ($(PLAIN),)
LIBRARY_FILES := $(foreach p,$(PLAIN),$(STACK)/renamed/$(notdir $(p)))
LIBRARY_WORDS := -Wl,--start-group $(LIBRARY_FILES) -Wl,--end-group $(LIBRARY_LINK)
else
LIBRARY_WORDS := $(LIBRARY_SYSTEM)
endif
define rename
$(STACK)/renamed/$(notdir $(1)): $(1) $(STACK)/variables.mk clients/$(FAMILY)/library.mk
	@mkdir -p $$(@D)
	@$(OBJCOPY) $$(LIBRARY_RENAME) $$< $$@
endef
$(foreach p,$(PLAIN),$(eval $(call rename,$(p))))

# --- The shim, and what the firmware gave to the library ---
SHIM_SOURCES := $(wildcard clients/$(FAMILY)/*.c)
SHIM_OBJS := $(SHIM_SOURCES:clients/$(FAMILY)/%.c=$(STACK)/shim/%.o)
$(STACK)/shim/%.o: clients/$(FAMILY)/%.c $(STACK)/variables.mk $(LIBRARY_FIRST)
	@mkdir -p $(@D)
	@$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(LIBRARY_CPPFLAGS) $(DEFINES) \
	    -MD -MP -c -o $@ $<

EXTRA_SOURCES := $(wildcard $(STACK)/files/*.c)
EXTRA_OBJS := $(EXTRA_SOURCES:%.c=%.o)
# What the firmware brings comes before what board.h has taken back.
LIBRARY_LDFLAGS := $(if $(EXTRA_OBJS),-Wl$(COMMA)-z$(COMMA)muldefs)
$(STACK)/files/%.o: $(STACK)/files/%.c $(STACK)/variables.mk
	@$(CC) -O2 -iquote "$$(dirname "$$(readlink $<)")" $(LIBRARY_CPPFLAGS) $(DEFINES) -MD -MP -c -o $@ $<

$(STACK)/stand-ins.o: clients/stacks/stand-ins.c
	@$(CC) -std=c11 -Wall -Wextra -O2 -D_GNU_SOURCE -c -o $@ $<
$(STACK)/libstand-ins.a: $(STACK)/stand-ins.o
	@rm -f $@
	@$(AR) rcs $@ $^

$(PROGRAM): $(SHIM_OBJS) $(EXTRA_OBJS) $(LIBRARY_FILES) $(O)/lib/libshim.a \
            $(O)/lib/libmodel.a $(O)/lib/libbase.a $(STACK)/libstand-ins.a
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) $(AS_IT_IS) $(LEAVE_OUT) $(LIBRARY_LDFLAGS) \
	    -o $(STACK)/program $(SHIM_OBJS) $(EXTRA_OBJS) \
	    $(O)/lib/libshim.a $(O)/lib/libmodel.a $(O)/lib/libbase.a $(LIBRARY_WORDS) \
	    $(STACK)/libstand-ins.a -ljansson -lm
	@$(STACK)/program --describe > $(STACK)/description.json
	@mv $(STACK)/program $@

# The bound of `make bench` for this build. The endpoint is in the same program:
# a library that cannot stand beside its OpenSSL has none (LIBRARY_ALONE).
NAME := $(PROGRAM:$(O)/bin/shim-%=%)
.PHONY: bare
bare: $(if $(LIBRARY_ALONE),,$(O)/tests/bare-$(NAME))
$(O)/tests/bare-$(NAME): $(PROGRAM) $(O)/obj/tests/bench/bare.o $(O)/lib/libserver.a
	@$(CC) $(LDFLAGS) $(AS_IT_IS) $(LEAVE_OUT) -o $@ $(O)/obj/tests/bench/bare.o $(SHIM_OBJS) \
	    $(EXTRA_OBJS) $(O)/lib/libserver.a $(O)/lib/libshim.a $(O)/lib/libmodel.a $(O)/lib/libbase.a \
	    $(LIBRARY_WORDS) $(STACK)/libstand-ins.a $(BARE_LIBS) -ljansson -lm

-include $(SHIM_OBJS:.o=.d) $(LIBRARY_OBJS:.o=.d) $(EXTRA_OBJS:.o=.d)
