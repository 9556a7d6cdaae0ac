$(eval $(call lib,base,base))
BASE_LIBS = -lcyaml -ljansson
