$(eval $(call lib,lab,lab))
