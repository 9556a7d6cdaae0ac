/* Makes one stack build: its folder <out>/stacks/<name>/ and then the program
 * <out>/bin/shim-<name>, by clients/stacks/stack.mk. */
#ifndef BUILDS_COMPILE_H
#define BUILDS_COMPILE_H

#include "builds/stack_file.h"

/* The build folder that this program runs from, relative to home_dir()
 * ("build", "build/asan"); static storage. */
const char *compile_out(void);

/* malloc'd paths relative to home_dir(); NULL only when memory is out. */
char *compile_folder(const char *name);
char *compile_program(const char *name);

/* A small text file of a build's folder, wherever the caller stands; malloc'd.
 * NULL: there is none, or it cannot be read. */
char *compile_text(const char *name, const char *file);

/* Gets the source and runs make, all output on stdout and stderr. 0: the
 * program is there, or the system has not got the library (STACK_SYSTEM), which
 * is told there, and it is not; -1 reported there. */
int compile_run(const struct stack_file *f);

#endif
