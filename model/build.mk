$(eval $(call lib,model,model))
$(O)/obj/model/reason.o: model/reason.def
$(O)/obj/model/outcome.o: model/outcome.def
$(O)/obj/model/verdict.o: model/verdict.def
