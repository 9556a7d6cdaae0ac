# One shim program per stack build. The generic side is a library; each stack's
# folder names its objects and archives in its own build.mk.
$(eval $(call lib,shim,clients))
SHIM_PARTS = $(O)/lib/libshim.a $(O)/lib/libcore.a
SHIMS :=
include $(wildcard clients/*/build.mk)
.PHONY: shims
shims: $(SHIMS)
