# chainbreak. `make help` lists the targets; each folder's build.mk names its parts.
# All paths are relative, so that a checkout may stand in a folder with spaces.
CC       ?= cc
AR       ?= ar
OBJCOPY  ?= objcopy
CFLAGS   ?= -O2 -g
WARN      = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wformat=2 -Wvla
# SAN=1 builds the same things with ASan and UBSan under build/asan.
ifdef SAN
O         = build/asan
SANFLAGS  = -fsanitize=address,undefined -fno-omit-frame-pointer \
            -fno-sanitize-recover=undefined
else
O         = build
SANFLAGS  =
endif
CPPFLAGS += -I. -D_GNU_SOURCE
ALL_CFLAGS = -std=c11 $(WARN) $(WERROR) $(CFLAGS) $(SANFLAGS) -MMD -MP -pthread
LDFLAGS  += $(SANFLAGS) -pthread

PKG_CONFIG ?= pkg-config
pkg_libs = $(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

# lib(name, folder): a static library of all sources of a folder.
define lib
$(1)_OBJS := $$(patsubst %.c,$$(O)/obj/%.o,$$(wildcard $(2)/*.c))
$$(O)/lib/lib$(1).a: $$($(1)_OBJS)
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(AR) rcs $$@ $$^
DEPS += $$($(1)_OBJS:.o=.d)
endef

$(O)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $($(subst /,_,$(patsubst %/,%,$(dir $<)))_CFLAGS) -c -o $@ $<

include core/build.mk pki/build.mk server/build.mk runner/build.mk \
        report/build.mk cli/build.mk clients/build.mk tests/build.mk

.PHONY: all
all: $(O)/bin/chainbreak shims

-include $(DEPS)
