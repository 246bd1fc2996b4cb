// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * memmap_stat VMCORE: walks the page array of a real dump and says what it
 * found and what it cost. Exit 1 if any RAM is in doubt: for trying new
 * kernels. Does not look into struct pages.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <vmsieve/kernel.h>
#include <vmsieve/limits.h>
#include <vmsieve/log.h>
#include <vmsieve/page_view.h>
#include <vmsieve/source.h>
#include <vmsieve/vm.h>

#define CHUNK 512U

struct stat {
	struct vms_source *source;
	struct vms_kernel *kernel;
	struct vms_vm *vm;
	struct vms_vm_cursor *cursor;
	size_t struct_bytes;
	uint64_t ranges;
	uint64_t pages;		/* RAM */
	uint64_t doubted;
	uint64_t unreadable;	/* struct pages */
	uint64_t got;		/* by vms_memmap_get() */
};

static void check(struct vms_error *err)
{
	if (!err)
		return;
	fprintf(stderr, "memmap_stat: %s\n", vms_error_text(err));
	exit(2);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static char *read_vmcoreinfo(const struct vms_source *source, size_t *size_ret)
{
	size_t count;
	const struct vms_note *notes = vms_source_notes(source, &count);

	for (size_t i = 0; i < count; i++) {
		char *text;

		if (strcmp(notes[i].name, "VMCOREINFO") ||
		    notes[i].desc_size > VMS_CAP_VMCOREINFO_BYTES)
			continue;
		*size_ret = (size_t)notes[i].desc_size;
		text = malloc(*size_ret + 1);
		if (!text)
			check(vms_error_no_memory());
		check(vms_source_read_notes(source, notes[i].desc_offset, text,
					    *size_ret));
		return text;
	}
	fprintf(stderr, "memmap_stat: no VMCOREINFO note\n");
	exit(2);
}

static void open_all(struct stat *s, const char *path, struct vms_log *log)
{
	const struct vms_source_options options = { .lenient = true };
	size_t size;
	char *text;

	check(vms_source_open(path, &options, log, &s->source));
	text = read_vmcoreinfo(s->source, &size);
	check(vms_kernel_create(text, size, vms_source_info(s->source)->endian,
				vms_source_info(s->source)->is_64bit, log,
				&s->kernel));
	free(text);
	check(vms_vm_create(s->source, s->kernel, log, &s->vm));
	check(vms_vm_cursor_create(s->vm, VMS_READER_WINDOW_BYTES, &s->cursor));
	if (!vms_kernel_page_layout(s->kernel)) {
		fprintf(stderr, "memmap_stat: no layout of struct page\n");
		exit(1);
	}
	s->struct_bytes =
		vms_page_layout_size(vms_kernel_page_layout(s->kernel));
}

static void read_range(struct stat *s, const struct vms_memmap_range *range)
{
	vms_pfn_t pfn = range->pfns.start;

	while (pfn < range->pfns.end) {
		size_t want = CHUNK;
		const uint8_t *structs;
		size_t count;

		if (want > range->pfns.end - pfn)
			want = (size_t)(range->pfns.end - pfn);
		if (vms_memmap_view(s->cursor, range, pfn, want, &structs,
				    &count) != VMS_READ_OK) {
			s->unreadable++;
			count = 1;
		}
		pfn += count;
	}
}

static void walk(struct stat *s)
{
	struct vms_memmap_range range;
	enum vms_memmap kind;
	const char *why;
	vms_pfn_t pfn = 0;

	while ((kind = vms_memmap_next(s->cursor, pfn, &range, &why)) !=
	       VMS_MEMMAP_END) {
		uint64_t pages = range.pfns.end - range.pfns.start;

		s->pages += pages;
		if (kind == VMS_MEMMAP_RANGE) {
			s->ranges++;
			read_range(s, &range);
		} else {
			s->doubted += pages;
			printf("doubt: PFN 0x%" PRIx64 " to 0x%" PRIx64 ": %s\n",
			       range.pfns.start, range.pfns.end, why);
		}
		pfn = range.pfns.end;
	}
}

static void get_all(struct stat *s)
{
	uint8_t page[VMS_MAX_STRUCT_PAGE];
	struct vms_memmap_range range;
	const char *why;
	vms_vaddr_t at;

	for (vms_pfn_t pfn = 0;
	     vms_memmap_next(s->cursor, pfn, &range, &why) != VMS_MEMMAP_END;
	     pfn = range.pfns.end)
		for (vms_pfn_t p = range.pfns.start; p < range.pfns.end; p++)
			s->got += vms_memmap_get(s->cursor, p, page, &at);
}

static void report(struct stat *s)
{
	uint64_t walks = vms_vm_cursor_walks(s->cursor);
	double start = now();
	double walked;

	walk(s);
	walked = now();
	walks = vms_vm_cursor_walks(s->cursor) - walks;
	printf("release %s, model %s, struct page %zu bytes, phys_base 0x%" PRIx64 "\n",
	       vms_kernel_release(s->kernel), vms_vm_model(s->vm),
	       s->struct_bytes, vms_arch_phys_base(vms_vm_arch(s->vm)));
	printf("%" PRIu64 " ranges, %" PRIu64 " pages, %" PRIu64 " in doubt, %" PRIu64 " struct pages unreadable\n",
	       s->ranges, s->pages, s->doubted, s->unreadable);
	printf("page array %.1f MiB, %" PRIu64 " page-table walks, %.3f s\n",
	       (double)s->pages * (double)s->struct_bytes / 1048576, walks,
	       walked - start);
	get_all(s);
	printf("%" PRIu64 " struct pages one by one, %.3f s, %" PRIu64 " pages used by all walks\n",
	       s->got, now() - walked,
	       vms_pageset_count(vms_vm_cursor_used(s->cursor),
				 (struct vms_pfn_range){ 0, UINT64_MAX }));
}

int main(int argc, char **argv)
{
	struct vms_log *log = NULL;
	struct stat s = { 0 };

	if (argc != 2) {
		fprintf(stderr, "usage: memmap_stat VMCORE\n");
		return 2;
	}
	check(vms_log_create(VMS_MSG_ERROR | VMS_MSG_DEBUG, &log));
	open_all(&s, argv[1], log);
	if (vms_vm_model(s.vm))
		report(&s);
	int status = vms_vm_model(s.vm) && !s.doubted && !s.unreadable &&
				     s.got == s.pages ? 0 : 1;

	vms_vm_cursor_destroy(s.cursor);
	vms_vm_destroy(s.vm);
	vms_kernel_destroy(s.kernel);
	vms_source_destroy(s.source);
	vms_log_destroy(log);
	return status;
}
