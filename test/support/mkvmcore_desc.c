// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A description's life: made, read, built, freed; and the statements that
 * belong to no part: include, kernel, let, arch.
 */
#include "mkvmcore_priv.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_PATH 4096

const struct mkv_stmt_def *const mkv_stmt_tables[] = {
	mkv_stmts_basic, mkv_stmts_vmci, mkv_stmts_lie, mkv_stmts_seg,
	mkv_stmts_elf, mkv_stmts_note, mkv_stmts_poke, mkv_stmts_pgtable,
	mkv_stmts_memmap, mkv_stmts_page, mkv_stmts_mix, mkv_stmts_share,
	mkv_stmts_file, NULL,
};

struct mkv_desc *mkv_desc_create(void)
{
	struct mkv_desc *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->arch = mkv_arch_find("x86_64");
	d->mem = mkv_mem_create();
	d->fd = -1;
	if (d->mem)
		return d;
	free(d);
	return NULL;
}

static void free_parts(struct mkv_desc *d)
{
	for (size_t i = 0; i < d->nlater; i++)
		mkv_stmt_free(&d->later[i]);
	for (size_t i = 0; i < d->nvars; i++)
		free(d->vars[i].name);
	for (size_t i = 0; i < d->nfiles; i++)
		free(d->files[i]);
	for (size_t i = 0; i < d->nsegs; i++)
		free(d->segs[i].name);
	for (size_t i = 0; i < d->nmodels; i++)
		free(d->models[i].name);
	for (size_t i = 0; i < d->nnotes; i++) {
		free(d->notes[i].label);
		free(d->notes[i].name);
		free(d->notes[i].desc.p);
	}
}

void mkv_desc_destroy(struct mkv_desc *d)
{
	if (!d)
		return;
	free_parts(d);
	free(d->later);
	free(d->vars);
	free(d->files);
	free(d->segs);
	free(d->notes);
	free(d->maps);
	free(d->models);
	free(d->shares);
	free(d->truths);
	mkv_lines_free(&d->vmci);
	mkv_lines_free(&d->encodings);
	free(d->text.p);
	free(d->kernel_dir);
	mkv_mem_destroy(d->mem);
	free(d);
}

int mkv_desc_set_kernel_dir(struct mkv_desc *d, const char *dir)
{
	char *copy = strdup(dir);

	if (!copy)
		return -1;
	free(d->kernel_dir);
	d->kernel_dir = copy;
	return 0;
}

int mkv_desc_load_file(struct mkv_desc *d, const char *path,
		       struct mkv_error *err)
{
	d->err = err;
	return mkv_load(d, path);
}

int mkv_desc_load_text(struct mkv_desc *d, const char *text, size_t len,
		       const char *name, struct mkv_error *err)
{
	d->err = err;
	return mkv_parse(d, text, len, name);
}

int mkv_build(struct mkv_desc *d, int fd, struct mkv_error *err)
{
	d->err = err;
	if (d->built)
		return mkv_fail(d, "a description can be built only once");
	d->built = true;
	d->fd = fd;
	if (mkv_text_make(d) || mkv_run_phase(d, MKV_TEXT) ||
	    mkv_run_phase(d, MKV_MEM) || mkv_elf_layout(d) ||
	    mkv_elf_write(d) || mkv_run_phase(d, MKV_FILE))
		return -1;
	return 0;
}

/** The directory part of @path, "." when there is none. */
static void dir_of(const char *path, char *ret)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;

	if (!slash || len >= MAX_PATH)
		strcpy(ret, slash ? "/" : ".");
	else
		snprintf(ret, MAX_PATH, "%.*s", (int)len, path);
}

static int join(struct mkv_desc *d, char *ret, const char *dir,
		const char *name)
{
	int n = *name == '/' ? snprintf(ret, MAX_PATH, "%s", name) :
		snprintf(ret, MAX_PATH, "%s/%s", dir, name);

	return n < 0 || n >= MAX_PATH ?
	       mkv_fail(d, "path of '%s' is too long", name) : 0;
}

static int do_include(struct mkv_desc *d, struct mkv_stmt *st)
{
	char dir[MAX_PATH], path[MAX_PATH];

	dir_of(d->cur_file, dir);
	if (join(d, path, dir, mkv_word(st, 0)))
		return -1;
	return mkv_load(d, path);
}

/** Looks for the preset beside the description, then in its parents. */
static int find_preset(struct mkv_desc *d, const char *name, char *path)
{
	static const char *const places[] = { "kernels", "support/kernels" };
	char dir[MAX_PATH], file[MAX_PATH], up[MAX_PATH];

	if (d->kernel_dir) {
		snprintf(file, sizeof(file), "%.1024s.vmci", name);
		return join(d, path, d->kernel_dir, file);
	}
	dir_of(d->cur_file, dir);
	for (int level = 0; level < 6; level++) {
		for (size_t i = 0; i < 2; i++) {
			snprintf(file, sizeof(file), "%s/%.1024s.vmci",
				 places[i], name);
			if (join(d, path, dir, file))
				return -1;
			if (!access(path, R_OK))
				return 0;
		}
		if (join(d, up, dir, ".."))
			return -1;
		strcpy(dir, up);
	}
	return mkv_fail(d, "no preset '%s' in kernels/ or support/kernels/ "
			"here or above", name);
}

static int do_kernel(struct mkv_desc *d, struct mkv_stmt *st)
{
	char path[MAX_PATH];

	if (find_preset(d, mkv_word(st, 0), path))
		return -1;
	return mkv_load(d, path);
}

static int do_let(struct mkv_desc *d, struct mkv_stmt *st)
{
	const char *name = mkv_word(st, 0);
	struct mkv_var *v;
	uint64_t value;

	if (mkv_num(d, st, 1, &value))
		return -1;
	for (size_t i = 0; i < d->nvars; i++) {
		if (!strcmp(d->vars[i].name, name)) {
			d->vars[i].value = value;
			return 0;
		}
	}
	v = mkv_grow(d, d->vars, d->nvars, &d->cvars, sizeof(*v));
	if (!v)
		return -1;
	d->vars = v;
	v[d->nvars].name = mkv_strdup(d, name);
	if (!v[d->nvars].name)
		return -1;
	v[d->nvars++].value = value;
	return 0;
}

static int do_arch(struct mkv_desc *d, struct mkv_stmt *st)
{
	const struct mkv_arch *a = mkv_arch_find(mkv_word(st, 0));

	if (!a)
		return mkv_fail(d, "no architecture '%s'", mkv_word(st, 0));
	d->arch = a;
	return 0;
}

const struct mkv_stmt_def mkv_stmts_basic[] = {
	{ "include", MKV_NOW, 1, 1, do_include },
	{ "kernel", MKV_NOW, 1, 1, do_kernel },
	{ "let", MKV_NOW, 2, 2, do_let },
	{ "arch", MKV_NOW, 1, 1, do_arch },
	{ 0 },
};
