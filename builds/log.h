/* What a build's log says about why it failed. */
#ifndef BUILDS_LOG_H
#define BUILDS_LOG_H

/* One line; malloc'd, at most 400 bytes. NULL: the log is empty or cannot be
 * read. In this order: no room on the disk; functions that nothing defines,
 * with what to do; the first error, the compiler's or one of chainbreak's own
 * (a header that does not compile also lacks what chainbreak asks for); a
 * program that is missing; the last line. */
char *log_cause(const char *path);

#endif
