// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the parts of mkvmcore share: the description as it grows, its memory,
 * and the helpers that statements are written with. Not for other programs.
 */
#ifndef MKVMCORE_PRIV_H
#define MKVMCORE_PRIV_H

#include "mkvmcore.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#define MKV_CHUNK 4096u		// unit of the memory image, not the page size
#define MKV_NONE UINT64_MAX	// "not given" for offsets and addresses

struct mkv_desc;
struct mkv_stmt;

/** One word of a statement. Quoted words may hold any byte. */
struct mkv_word {
	char *s;
	size_t len;
	bool used;		// an option that some handler asked for
};

/**
 * When a statement takes effect. NOW while reading; the others when building:
 * TEXT on the VMCOREINFO text only, MEM on memory, FILE on the finished file.
 */
enum mkv_phase { MKV_NOW, MKV_TEXT, MKV_MEM, MKV_FILE };

struct mkv_stmt_def {
	const char *name;
	enum mkv_phase phase;
	unsigned min, max;	// words after the name; options do not count
	int (*run)(struct mkv_desc *d, struct mkv_stmt *st);
};

struct mkv_stmt {
	const struct mkv_stmt_def *def;
	const char *file;	// owned by the description
	unsigned line;
	size_t argc;		// words after the name
	struct mkv_word *argv;
	char *block;		// text between { and }, or NULL
};

struct mkv_buf {
	char *p;
	size_t len, cap;
};

struct mkv_arch {
	const char *name;
	uint8_t elf_class, elf_data;
	uint16_t elf_machine;
	unsigned page_shift;
	unsigned prstatus_size, prstatus_pid;	// bytes, offset of pr_pid
};

struct mkv_var {
	char *name;
	uint64_t value;
};

/** One VMCOREINFO line, or one "encoding NAME VALUE". */
struct mkv_line {
	char *key, *value;
};

struct mkv_lines {
	struct mkv_line *v;
	size_t n, cap;
};

enum mkv_seg_source { MKV_FROM_MEM, MKV_FROM_FILL, MKV_FROM_NOTES };

/** A program header, or @repeat alike ones. */
struct mkv_seg {
	char *name;
	enum mkv_seg_source source;
	uint8_t fill;
	uint32_t type, flags;
	uint64_t vaddr, paddr, memsz, filesz, align;
	uint64_t want_offset;		// MKV_NONE: placed by the writer
	uint64_t repeat, vstep, pstep, ostep;
	uint64_t offset, index;		// set by the layout
};

struct mkv_note {
	char *label;			// how statements name it
	char *name;
	size_t name_len;		// with its NUL
	size_t seg;			// which notes segment
	bool vmcoreinfo;		// description is the text
	struct mkv_buf desc;
	uint64_t size;			// of the description, >= desc.len
	uint64_t repeat;
	uint64_t offset;		// of its header, set when written
	uint32_t type;
};

struct mkv_mem;

/** Fields of a struct page; the kernel of the description places them. */
enum mkv_field {
	MKV_P_FLAGS, MKV_P_MAPPING, MKV_P_PRIVATE, MKV_P_MAPCOUNT,
	MKV_P_REFCOUNT, MKV_P_LRU_NEXT, MKV_P_LRU_PREV, MKV_P_COMPOUND,
	MKV_P_DTOR, MKV_P_ORDER, MKV_P_FIELDS
};

/** A struct page: what is not in @set stays zero. */
struct mkv_page {
	uint64_t v[MKV_P_FIELDS];
	unsigned set;
};

/** Offset and width of a field in struct page; width 0: not there. */
struct mkv_place {
	uint64_t offset;
	unsigned width;
};

/** How the description's kernel marks its pages; made by mkvmcore_era.c. */
struct mkv_era {
	bool ready;
	uint64_t page_size;		// of struct page
	struct mkv_place place[MKV_P_FIELDS];
	unsigned hugetlb, order, tail, slab;	// rows of its tables
};


enum mkv_class {
	MKV_KEEP, MKV_FREE, MKV_CACHE, MKV_CACHE_PRIVATE, MKV_USER,
	MKV_HWPOISON, MKV_OFFLINE, MKV_UNACCEPTED, MKV_HOLE,
};

/** Page frames [start, end) and what the description says of them. */
struct mkv_truth {
	uint64_t start, end;
	enum mkv_class class;
};

/** Where the struct pages of the frames [start, end) lie. */
struct mkv_memmap {
	uint64_t start, end, paddr, vaddr;
};

/** A section whose struct pages others share. */
struct mkv_model {
	char *name;
	uint64_t start, frames;		// of the section
	uint64_t paddr;			// of its struct pages
};

#define MKV_MAX_CHOICES 24

struct mkv_choice {
	uint32_t model;
	uint64_t weight;
};

/** Sections [start, end) whose struct pages are those of models. */
struct mkv_share {
	uint64_t start, end;
	uint64_t vaddr;			// of the struct page of start
	uint64_t frames;		// of a section
	uint64_t seed, run;		// run: sections that are alike
	uint64_t flags;			// of mem_section; MKV_NONE: as others
	bool kept;			// whatever the struct pages say
	struct mkv_choice choices[MKV_MAX_CHOICES];
	size_t nchoices;
	uint64_t total;			// of the weights
};

struct mkv_pgtable {
	bool set;
	unsigned levels;
	uint64_t root, next, end, sme;	// next, end: pool of free tables
};

struct mkv_desc {
	struct mkv_error *err;		// only while a call is running
	const struct mkv_stmt *cur;
	const char *cur_file;
	unsigned cur_line;
	unsigned depth;			// of include
	char *kernel_dir;
	const struct mkv_arch *arch;

	char **files;
	size_t nfiles, cfiles;
	struct mkv_stmt *later;		// everything not MKV_NOW
	size_t nlater, clater;
	struct mkv_var *vars;
	size_t nvars, cvars;

	struct mkv_lines vmci;		// the truth
	struct mkv_lines encodings;
	struct mkv_buf text;		// what is written, lies included

	struct mkv_seg *segs;
	size_t nsegs, csegs;
	struct mkv_note *notes;
	size_t nnotes, cnotes;
	uint64_t phdr_count;		// this and the next two lines are set
	uint64_t phoff, shoff, shnum;	// by the layout
	uint64_t strtab;		// file offset of the section names
	bool sections_first, extended, unmapped_ok;

	struct mkv_mem *mem;
	struct mkv_pgtable pgt;
	struct mkv_era era;
	struct mkv_memmap *maps;
	size_t nmaps, cmaps;
	struct mkv_model *models;
	size_t nmodels, cmodels;
	struct mkv_share *shares;
	size_t nshares, cshares;
	struct mkv_truth *truths;
	size_t ntruths, ctruths;
	bool built;
	int fd;				// the output, while building
	uint64_t file_size;		// what the layout needs
};

// mkvmcore_util.c
int mkv_fail(struct mkv_desc *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
int mkv_nomem(struct mkv_desc *d);
void *mkv_grow(struct mkv_desc *d, void *array, size_t n, size_t *cap,
	       size_t size);
char *mkv_strdup(struct mkv_desc *d, const char *s);
int mkv_buf_add(struct mkv_desc *d, struct mkv_buf *b, const void *p,
		size_t len);
void mkv_put(const struct mkv_desc *d, void *p, unsigned width, uint64_t v);
uint64_t mkv_get(const struct mkv_desc *d, const void *p, unsigned width);
int mkv_pwrite(struct mkv_desc *d, const void *p, size_t len, uint64_t offset);
uint64_t mkv_random(uint64_t *state);
const struct mkv_arch *mkv_arch_find(const char *name);

// mkvmcore_args.c: words of a statement
int mkv_eval(struct mkv_desc *d, const char *text, uint64_t *ret);
const char *mkv_word(const struct mkv_stmt *st, size_t i);
int mkv_num(struct mkv_desc *d, struct mkv_stmt *st, size_t i, uint64_t *ret);
int mkv_range(struct mkv_desc *d, const char *text, uint64_t *start_ret,
	      uint64_t *end_ret);
const char *mkv_opt(struct mkv_stmt *st, const char *name);
bool mkv_flag(struct mkv_stmt *st, const char *word);
int mkv_opt_num(struct mkv_desc *d, struct mkv_stmt *st, const char *name,
		uint64_t *val);
int mkv_opt_need(struct mkv_desc *d, struct mkv_stmt *st, const char *name,
		 uint64_t *val);
unsigned mkv_width(const char *name);
int mkv_all_used(struct mkv_desc *d, const struct mkv_stmt *st);

// mkvmcore_parse.c
int mkv_load(struct mkv_desc *d, const char *path);
int mkv_parse(struct mkv_desc *d, const char *text, size_t len,
	      const char *name);
int mkv_run_phase(struct mkv_desc *d, enum mkv_phase phase);
void mkv_stmt_free(struct mkv_stmt *st);
extern const struct mkv_stmt_def *const mkv_stmt_tables[];

// mkvmcore_vmci.c: keys and text of VMCOREINFO
const char *mkv_line_get(const struct mkv_lines *l, const char *key);
int mkv_line_set(struct mkv_desc *d, struct mkv_lines *l, const char *key,
		 const char *value);
bool mkv_line_remove(struct mkv_lines *l, const char *key);
void mkv_lines_free(struct mkv_lines *l);
int mkv_line_set_text(struct mkv_desc *d, struct mkv_lines *l,
		      const char *text);
bool mkv_fact(const struct mkv_desc *d, const char *key, uint64_t *ret);
int mkv_fact_need(struct mkv_desc *d, const char *key, uint64_t *ret);
int mkv_text_make(struct mkv_desc *d);

// mkvmcore_mem.c: the memory image
struct mkv_mem *mkv_mem_create(void);
void mkv_mem_destroy(struct mkv_mem *m);
enum mkv_fill { MKV_FILL_BYTE, MKV_FILL_PFN, MKV_FILL_RANDOM };
int mkv_mem_fill(struct mkv_desc *d, uint64_t start, uint64_t end,
		 enum mkv_fill kind, uint64_t arg);
int mkv_mem_write(struct mkv_desc *d, uint64_t paddr, const void *p,
		  size_t len);
void mkv_mem_read(const struct mkv_desc *d, uint64_t paddr, void *p,
		  size_t len);
int mkv_mem_save(struct mkv_desc *d, uint64_t paddr, uint64_t len,
		 uint64_t offset);
int mkv_mem_write_num(struct mkv_desc *d, uint64_t paddr, unsigned width,
		      uint64_t v);

// mkvmcore_seg.c, mkvmcore_elf.c: segments, notes and the file around them
struct mkv_seg *mkv_seg_find(struct mkv_desc *d, const char *name);
bool mkv_seg_covers(const struct mkv_desc *d, uint64_t start, uint64_t end);
int mkv_elf_layout(struct mkv_desc *d);
int mkv_elf_write(struct mkv_desc *d);
uint64_t mkv_notes_size(const struct mkv_desc *d, size_t seg);
int mkv_notes_write(struct mkv_desc *d, size_t seg, uint64_t offset);

// mkvmcore_era.c: a kernel's way to mark pages
int mkv_era_init(struct mkv_desc *d);
void mkv_page_set(struct mkv_page *p, enum mkv_field field, uint64_t v);
int mkv_era_flag(struct mkv_desc *d, const char *name, size_t len,
		 uint64_t *mask_ret);
int mkv_era_type(struct mkv_desc *d, const char *name, uint64_t *ret);
int mkv_era_slab(struct mkv_desc *d, struct mkv_page *p);
int mkv_era_hugetlb(struct mkv_desc *d, struct mkv_page *head,
		    struct mkv_page *second);
int mkv_era_order(struct mkv_desc *d, struct mkv_page *second, uint64_t order);
int mkv_era_tail(struct mkv_desc *d, struct mkv_page *p, uint64_t head_vaddr,
		 uint64_t order);

// mkvmcore_state.c: states of pages
enum mkv_shape { MKV_SINGLE, MKV_BUDDY, MKV_COMPOUND, MKV_HUGETLB,
		 MKV_MAX_ORDER };
struct mkv_state;
const struct mkv_state *mkv_state_find(const char *name);
const char *mkv_state_name(const struct mkv_state *s);
enum mkv_shape mkv_state_shape(const struct mkv_state *s);
enum mkv_class mkv_state_class(const struct mkv_state *s);
int mkv_state_put(struct mkv_desc *d, const struct mkv_state *s, uint64_t pfn,
		  uint64_t order, const char *with);
int mkv_pages_init(struct mkv_desc *d, uint64_t start, uint64_t end);
const struct mkv_memmap *mkv_memmap_find(struct mkv_desc *d, uint64_t pfn);
int mkv_page_vaddr(struct mkv_desc *d, uint64_t pfn, uint64_t *ret);
int mkv_page_put(struct mkv_desc *d, uint64_t pfn, const struct mkv_page *p);
void mkv_page_rest(const struct mkv_desc *d, struct mkv_page *p);

// mkvmcore_page.c: what the statements say of each frame
int mkv_truth_add(struct mkv_desc *d, uint64_t start, uint64_t end,
		  enum mkv_class class);
uint64_t mkv_natural_order(uint64_t pfn, uint64_t end, uint64_t max);

// mkvmcore_pgtable.c
int mkv_map_leaf(struct mkv_desc *d, uint64_t va, uint64_t pa, unsigned shift);

// mkvmcore_share.c: sections with the struct pages of others
int mkv_section_frames(struct mkv_desc *d, uint64_t *ret);
size_t mkv_share_model(const struct mkv_share *s, uint64_t pfn);
/** The share of @pfn; NULL: none up to *end_ret, which may get smaller. */
const struct mkv_share *mkv_share_find(const struct mkv_desc *d, uint64_t pfn,
				       uint64_t *end_ret);

// mkvmcore_walk.c: what is said of all frames
typedef int mkv_visit(void *ctx, uint64_t start, uint64_t end,
		      enum mkv_class class);
/** Calls @visit for ranges of one class, in order, from frame 0 on. */
int mkv_walk(struct mkv_desc *d, mkv_visit *visit, void *ctx);
/** The frame behind the last one of RAM. */
uint64_t mkv_frames(const struct mkv_desc *d);

// tables of statements, one per part
extern const struct mkv_stmt_def mkv_stmts_basic[];
extern const struct mkv_stmt_def mkv_stmts_vmci[];
extern const struct mkv_stmt_def mkv_stmts_lie[];
extern const struct mkv_stmt_def mkv_stmts_seg[];
extern const struct mkv_stmt_def mkv_stmts_elf[];
extern const struct mkv_stmt_def mkv_stmts_note[];
extern const struct mkv_stmt_def mkv_stmts_poke[];
extern const struct mkv_stmt_def mkv_stmts_pgtable[];
extern const struct mkv_stmt_def mkv_stmts_memmap[];
extern const struct mkv_stmt_def mkv_stmts_page[];
extern const struct mkv_stmt_def mkv_stmts_mix[];
extern const struct mkv_stmt_def mkv_stmts_share[];
extern const struct mkv_stmt_def mkv_stmts_file[];

#endif
