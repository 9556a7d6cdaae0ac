# chainbreak. `make help` lists the targets; each folder's build.mk names its
# parts. All paths are relative, so that a checkout may stand in any folder.
include flags.mk
# The first python3 that has pytest; another one may come first on PATH.
PYTHON    = $(shell tools/find-python)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

# $(call lib,NAME,FOLDERS): a static library of all sources of the folders; no
# two files of it may have the same name.
define lib
$(1)_OBJS := $$(patsubst %.c,$$(O)/obj/%.o,$$(wildcard $(2:%=%/*.c)))
$$(O)/lib/lib$(1).a: $$($(1)_OBJS)
	@mkdir -p $$(@D)
	@rm -f $$@
	@echo "  AR      $$@"
	@$$(AR) rcs $$@ $$^
DEPS += $$($(1)_OBJS:.o=.d)
endef

$(O)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC      $<"
	@$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# In the order in which they are linked, the last first.
FOLDERS = base model builds pki account server lab judge diagnose board report rotation cli
include $(FOLDERS:%=%/build.mk) clients/build.mk tests/build.mk

##  make            build what can be built here, say which stacks are missed
.PHONY: all
all: $(O)/bin/chainbreak $(O)/bin/command-client $(O)/tests/account-service $(SHIM_PARTS)
	@$(O)/bin/chainbreak stack build --system

##  make matrix     set up, build, mint, run the built-in matrix, report
.PHONY: matrix
matrix:
	@tools/setup build
	@$(MAKE) --no-print-directory all
	@$(O)/bin/chainbreak stack build --quick --optional
	@$(MAKE) --no-print-directory run-matrix

.PHONY: run-matrix
run-matrix:
	@$(PYTHON) -m pytest -q --no-header -p no:cacheprovider scenarios \
	    --junitxml=results/latest/junit.xml

##  make stacks     fetch and build every stack build of clients/stacks/
.PHONY: stacks
stacks:
	@tools/setup build
	@$(MAKE) --no-print-directory all
	@$(O)/bin/chainbreak stack build

##  make test       set up, build (also with sanitizers) and pass all tests
.PHONY: test
test:
	@tools/setup test
	@$(MAKE) --no-print-directory all
	@$(O)/bin/chainbreak stack build --optional
	@$(MAKE) --no-print-directory SAN=1 all unit
	@build/asan/bin/chainbreak stack build --optional
	@build/asan/bin/chainbreak run --quiet --fresh --experiments 1500 --out build/asan/results
	@echo "the matrix with sanitizers: every verdict as expected"
	@$(MAKE) --no-print-directory fuzz
	@$(MAKE) --no-print-directory run-tests

# The system tests wait a lot: the others and the matrix run beside them.
PYTEST = $(PYTHON) -m pytest -q --no-header -p no:cacheprovider
.PHONY: run-tests system-tests other-tests
run-tests:
	@tools/check-layers
	@$(MAKE) --no-print-directory -j2 -Otarget system-tests other-tests
system-tests:
	@mkdir -p build/check
	@$(PYTEST) tests/system --junitxml=build/check/system.xml
other-tests:
	@$(PYTEST) tests/contract scenarios tests/truth --junitxml=results/latest/junit.xml

##  make check      warnings as errors, clang-tidy, cppcheck, layers, sizes
CHECKED = $(wildcard $(FOLDERS:%=%/*.c) server/*/*.c \
                     clients/*.c clients/*/*.c)
.PHONY: check
check:
	@tools/setup check
	@$(MAKE) --no-print-directory WERROR=-Werror O=build/check all
	@tools/check-layers
	@tools/check-size
	@$(MAKE) --no-print-directory tidy cppcheck

.PHONY: tidy
tidy: $(CHECKED:%=build/check/tidy/%.ok)
build/check/tidy/%.ok: % .clang-tidy
	@mkdir -p $(@D)
	@echo "  TIDY    $<"
	@clang-tidy --quiet --warnings-as-errors='*' $< -- -std=c11 \
	    $(CPPFLAGS) 2>/dev/null \
	    || { clang-tidy --quiet $< -- -std=c11 $(CPPFLAGS); false; }
	@touch $@

.PHONY: cppcheck
cppcheck:
	@echo "  CPPCHECK"
	@cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr -I. \
	    --enable=warning,performance,portability -D__GNUC__ \
	    --suppress=missingIncludeSystem \
	    --suppress=preprocessorErrorDirective:clients/*/compat.h -j2 $(CHECKED)

##  make bench      figures of speed, in results/bench.json
.PHONY: bench
bench:
	@tools/setup build
	@$(MAKE) --no-print-directory all bench-programs
	@$(PYTHON) tests/bench/bench.py build results/bench.json

##  make bench-connections  what a connection costs, beside mosquitto and nginx
.PHONY: bench-connections
bench-connections: all
	@$(PYTHON) tests/bench/connections.py build results/connections.json

##  make clean      remove build/ (results/ stays)
.PHONY: clean
clean:
	rm -rf build

##  make help       this list
.PHONY: help
help:
	@sed -n 's/^##  //p' Makefile

-include $(DEPS)
