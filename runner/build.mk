$(eval $(call lib,runner,runner))
