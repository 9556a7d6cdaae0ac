$(eval $(call lib,report,report))
