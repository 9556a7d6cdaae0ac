# Unit tests: one program per tests/unit/<file>_test.c, always with ASan and UBSan (SAN=1).
UNIT_TESTS := $(patsubst tests/unit/%.c,$(O)/tests/%,$(wildcard tests/unit/*_test.c))
$(O)/tests/%_test: $(O)/obj/tests/unit/%_test.o $(O)/lib/libshim.a $(CLI_PARTS)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $< $(O)/lib/libshim.a $(filter-out %/libcli.a,$(CLI_PARTS)) \
	    $(SERVER_LIBS) $(PKI_LIBS) $(CORE_LIBS) -lcmocka
.PHONY: unit
unit: $(UNIT_TESTS)
	@set -e; for t in $(UNIT_TESTS); do ./$$t; done
