$(eval $(call lib,rotation,rotation))
ROTATION_LIBS = -lmosquitto
$(O)/obj/rotation/fault.o: rotation/step.def rotation/fault.def
