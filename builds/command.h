/* Runs the programs that a build needs: make, tar, apt-helper. No shell is in
 * between. */
#ifndef BUILDS_COMMAND_H
#define BUILDS_COMMAND_H

/* Runs argv[0], found along PATH, with this process's stdout and stderr, in
 * folder dir (NULL: here). Its exit status; 127 if it cannot be started, 128 +
 * signal if one ended it; both not reported. */
int command_run(const char *dir, const char *const *argv);

/* The same with both outputs in a file, which is made anew. */
int command_log(const char *log, const char *const *argv);

/* What it writes to stdout; malloc'd. Its stderr is dropped. NULL if it cannot
 * be started or fails, not reported. */
char *command_read(const char *const *argv);

/* 1 if a program of that name is on PATH or, with a slash, is there. */
int command_exists(const char *name);

#endif
