$(eval $(call lib,core,core))
CORE_LIBS = $(call pkg_libs,libcyaml jansson)
