$(eval $(call lib,model,model))
$(O)/obj/model/reason.o: model/reason.def
