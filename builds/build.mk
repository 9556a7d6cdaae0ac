$(eval $(call lib,builds,builds))
