# The tools and their flags, for the Makefile and for each stack build
# (clients/stacks/stack.mk): what the one compiles the other links.
CC       ?= cc
AR       ?= ar
OBJCOPY  ?= objcopy
CFLAGS   ?= -O2 -g
WERROR   ?=
WARN      = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wformat=2 -Wvla

# SAN=1 builds the same things with ASan and UBSan, FUZZ=1 the fuzz targets.
ifdef FUZZ
O         = build/fuzz
SANFLAGS  = $(FUZZ_SANFLAGS)
else ifdef SAN
O         = build/asan
SANFLAGS  = -fsanitize=address,undefined -fno-omit-frame-pointer \
            -fno-sanitize-recover=undefined
else
O         = build
SANFLAGS  =
endif
CPPFLAGS += -I. -D_GNU_SOURCE
ALL_CFLAGS = -std=c11 $(WARN) $(WERROR) $(CFLAGS) $(SANFLAGS) -pthread
LDFLAGS  += $(SANFLAGS) -pthread
