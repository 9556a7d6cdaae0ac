$(eval $(call lib,server,server))
SERVER_LIBS = $(call pkg_libs,libevent_core libevent_pthreads libssl libcrypto)
