$(eval $(call lib,judge,judge))
