/* Files of this folder that go into the page as they are. */
#ifndef REPORT_ASSETS_H
#define REPORT_ASSETS_H

extern const char asset_page_css[]; /* NUL-terminated */

#endif
