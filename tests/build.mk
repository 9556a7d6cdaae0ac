# Unit tests: one program per tests/unit/<file>_test.c, always built with ASan
# and UBSan (`make SAN=1 unit`). Contract and system tests are pytest's.
TEST_PARTS = $(O)/lib/libshim.a $(filter-out %/libcli.a,$(CLI_PARTS))
UNIT_TESTS := $(patsubst tests/unit/%.c,$(O)/tests/%,$(wildcard tests/unit/*_test.c))
$(O)/tests/%_test: $(O)/obj/tests/unit/%_test.o $(TEST_PARTS)
	@mkdir -p $(@D)
	@echo "  LD      $@"
	@$(CC) $(LDFLAGS) -o $@ $< $(TEST_PARTS) $(ACCOUNT_LIBS) $(SERVER_LIBS) $(PKI_LIBS) \
	    $(BASE_LIBS) -lm -lcmocka
DEPS += $(UNIT_TESTS:$(O)/tests/%=$(O)/obj/tests/unit/%.d)

# The control plane of an account by itself, for tests/system/test_account.py.
ACCOUNT_PARTS = $(foreach l,account pki model base,$(O)/lib/lib$(l).a)
$(O)/tests/account-service: $(O)/obj/tests/system/account_service.o $(ACCOUNT_PARTS)
	@mkdir -p $(@D)
	@echo "  LD      $@"
	@$(CC) $(LDFLAGS) -o $@ $< $(ACCOUNT_PARTS) $(ACCOUNT_LIBS) -levent_core \
	    $(PKI_LIBS) $(BASE_LIBS) -lm
DEPS += $(O)/obj/tests/system/account_service.d

.PHONY: unit
unit: $(UNIT_TESTS) $(O)/tests/account-service
	@set -e; for t in $(UNIT_TESTS); do \
	    CMOCKA_MESSAGE_OUTPUT=stdout ./$$t > $$t.log 2>&1 || \
	        { cat $$t.log; echo "failed: $$t"; exit 1; }; done; \
	echo "unit tests: $(words $(UNIT_TESTS)) programs passed"

# Fuzz targets: tests/fuzz/fuzz_<what>.c, each with seeds. Under libFuzzer where
# clang has it; elsewhere under tests/fuzz/driver.c, which mutates without feedback.
FUZZ_SECONDS ?= 12
FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_PROGRAMS = $(FUZZ_TARGETS:%=$(O)/%)
LIBFUZZER := $(shell printf 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n){return d&&n?0:0;}' \
    | clang -xc - -fsanitize=fuzzer -o /dev/null 2>/dev/null && echo yes)
FUZZ_SAN_COMMON = -fsanitize=address,undefined -fno-sanitize-recover=undefined
ifeq ($(LIBFUZZER),yes)
FUZZ_SANFLAGS = $(FUZZ_SAN_COMMON) -fsanitize=fuzzer-no-link
FUZZ_MAIN     = -fsanitize=fuzzer
FUZZ_CC       = clang
else
FUZZ_SANFLAGS = $(FUZZ_SAN_COMMON)
FUZZ_MAIN     = tests/fuzz/driver.c
FUZZ_CC       = $(CC)
endif
FUZZ_QUIET = build/fuzz/obj/tests/fuzz/quiet.o
build/fuzz/fuzz_%: build/fuzz/obj/tests/fuzz/fuzz_%.o $(FUZZ_QUIET) $(TEST_PARTS)
	@echo "  LD      $@"
	@$(CC) $(LDFLAGS) -o $@ $< $(FUZZ_QUIET) $(FUZZ_MAIN) $(TEST_PARTS) $(ACCOUNT_LIBS) $(SERVER_LIBS) \
	    $(PKI_LIBS) $(BASE_LIBS) -lm
DEPS += $(FUZZ_TARGETS:%=$(O)/obj/tests/fuzz/%.d)

.PHONY: fuzz fuzz-programs fuzz-run
fuzz:
	@$(MAKE) --no-print-directory FUZZ=1 CC=$(FUZZ_CC) fuzz-programs
	@$(MAKE) --no-print-directory FUZZ=1 CC=$(FUZZ_CC) -j2 fuzz-run
fuzz-programs: $(FUZZ_PROGRAMS)
fuzz-run: $(FUZZ_TARGETS:%=fuzz-run-%)
fuzz-run-%: build/fuzz/%
	@tests/fuzz/run $< $(FUZZ_SECONDS)

.SECONDARY: $(O)/obj/tests/fuzz/quiet.o
DEPS += $(O)/obj/tests/bench/bare.d

$(O)/tests/bench-records: $(O)/obj/tests/bench/records.o $(O)/lib/libmodel.a $(O)/lib/libbase.a
	@mkdir -p $(@D)
	@echo "  LD      $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(BASE_LIBS)

# The bound of `make bench`: the handshakes of each stack build, bare in memory.
BENCH_BUILDS = $(foreach d,$(patsubst %/variables.mk,%,$(wildcard $(O)/stacks/*/variables.mk)),\
    $(if $(wildcard $(O)/bin/shim-$(notdir $(d))),$(d)))
.PHONY: bench-programs
bench-programs: $(O)/tests/bench-records $(O)/obj/tests/bench/bare.o $(O)/lib/libserver.a
	@for s in $(BENCH_BUILDS); do \
	    $(MAKE) --no-print-directory -f clients/stacks/stack.mk STACK=$$s O=$(O) \
	        BARE_LIBS="$(SERVER_LIBS) $(BASE_LIBS)" bare || exit 1; done

# How planning scales: build/tests/bench-chains FOLDER 5000.
$(O)/tests/bench-chains: $(O)/obj/tests/bench/chains.o $(O)/lib/libpki.a $(O)/lib/libmodel.a $(O)/lib/libbase.a
	@mkdir -p $(@D)
	@echo "  LD      $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(PKI_LIBS) $(BASE_LIBS)
DEPS += $(O)/obj/tests/bench/chains.d
