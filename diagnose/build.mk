$(eval $(call lib,diagnose,diagnose))
