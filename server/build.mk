$(eval $(call lib,server,server))
SERVER_LIBS = -levent_core -levent_pthreads -lssl -lcrypto
