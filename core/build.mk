$(eval $(call lib,core,core))
CORE_LIBS = -lcyaml -ljansson
