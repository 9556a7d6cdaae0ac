$(eval $(call lib,report,report))
$(O)/obj/report/assets.o: report/page.css
