/* What a build's log says about why it failed. */
#ifndef BUILDS_LOG_H
#define BUILDS_LOG_H

/* One line; malloc'd, at most 400 bytes. NULL: the log is empty or cannot be
 * read. In this order: functions that nothing defines, with what to do; the
 * first line of chainbreak's own; the compiler's first error; a program that is
 * missing; the last line. */
char *log_cause(const char *path);

#endif
