$(eval $(call lib,account,account))
ACCOUNT_LIBS = -lsqlite3 -levent_extra
$(O)/obj/account/control.o: account/calls.def account/fault.def
