$(eval $(call lib,cli,cli))
CLI_PARTS = $(foreach l,cli report board rotation diagnose judge lab server account pki builds model base,$(O)/lib/lib$(l).a)
$(O)/bin/chainbreak: $(CLI_PARTS)
	@mkdir -p $(@D)
	@echo "  LD      $@"
	@$(CC) $(LDFLAGS) -o $@ $(CLI_PARTS) $(ACCOUNT_LIBS) $(ROTATION_LIBS) $(SERVER_LIBS) $(PKI_LIBS) $(BASE_LIBS) -lm
