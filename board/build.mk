$(eval $(call lib,board,board))
$(O)/obj/board/page_assets.o: board/page.html
