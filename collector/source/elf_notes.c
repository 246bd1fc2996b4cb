// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PT_NOTEs: which pieces of the file are the note area, and which notes are
 * in it. Reads their headers and names, never their data, and must not know
 * what any note means.
 */
#include <inttypes.h>

#include <vmsieve/checked.h>

#include "elf_core.h"

/* namesz, descsz, type */
#define NHDR_BYTES 12U
/* Notes of vmcores are padded to 4 bytes in both ELF classes. */
#define NOTE_ALIGN 4U
/* A header and as much of its name as is kept. */
#define LOOK_BYTES (NHDR_BYTES + sizeof(((struct vms_note *)0)->name))
#define NOTE_BUFFER_BYTES 4096U

struct note_scan {
	struct vms_source *source;
	size_t room;			/* in source->note_pieces */
	size_t notes_room;		/* in source->notes */
	/* Part of the file around the last note. */
	uint64_t buffer_offset;
	size_t buffer_size;
	uint8_t buffer[NOTE_BUFFER_BYTES];
};

/* The note that is looked at. */
struct note_look {
	uint64_t at;		/* in its piece */
	uint64_t end;		/* of its data, and of padding if any */
	GElf_Nhdr nhdr;
	uint8_t raw[LOOK_BYTES];
};

enum note_end {
	NOTE_MORE,
	NOTE_LAST,	/* the piece is done */
	NOTE_BROKEN,
};

/* Is the piece inside the file? *size_ret 0: not to be used. */
static struct vms_error *check_piece(const struct vms_elf_phdrs *phdrs,
				     const GElf_Phdr *phdr, uint64_t area,
				     uint64_t *size_ret)
{
	const uint64_t file_size = phdrs->source->info.file_size;
	uint64_t size = phdr->p_filesz;

	*size_ret = 0;
	if (size > VMS_CAP_NOTE_BYTES - area)
		return vms_elf_doubt(phdrs,
				     size > VMS_CAP_NOTE_BYTES ? VMS_ERR_INPUT :
								 VMS_ERR_LIMIT,
				     "notes of %#" PRIx64
				     " bytes, at most %llu bytes of notes are %s",
				     size, VMS_CAP_NOTE_BYTES,
				     phdrs->source->lenient ? "used" :
							      "allowed");
	if (phdr->p_offset >= file_size)
		return vms_elf_doubt(phdrs, VMS_ERR_INPUT,
				     "notes at file offset %#" PRIx64
				     ", the file ends at byte %" PRIu64,
				     phdr->p_offset, file_size);
	*size_ret = size;
	if (size <= file_size - phdr->p_offset)
		return NULL;
	*size_ret = file_size - phdr->p_offset;
	return vms_elf_doubt(phdrs, VMS_ERR_INPUT,
			     "notes of %" PRIu64 " bytes at file offset %" PRIu64
			     ", the file ends at byte %" PRIu64,
			     size, phdr->p_offset, file_size);
}

/* The pieces, with the sizes that the program headers give them. */
static struct vms_error *collect_pieces(struct note_scan *scan,
					const struct vms_elf_table *table)
{
	struct vms_source *source = scan->source;
	struct vms_elf_phdrs phdrs;
	const GElf_Phdr *phdr;
	struct vms_error *err;
	uint64_t area = 0;

	vms_elf_phdrs_init(&phdrs, source, table);
	while (!(err = vms_elf_phdrs_next(&phdrs, &phdr)) && phdr) {
		uint64_t size;

		if (phdr->p_type != PT_NOTE || phdr->p_filesz == 0)
			continue;
		err = check_piece(&phdrs, phdr, area, &size);
		if (err)
			break;
		if (size == 0 || source->nr_note_pieces == scan->room)
			continue;
		source->note_pieces[source->nr_note_pieces++] =
			(struct vms_note_piece){ area, size, phdr->p_offset };
		area += size;
	}
	return err;
}

/* size bytes at offset of the file; they lie in one piece. */
static struct vms_error *look_at(struct note_scan *scan, uint64_t offset,
				 uint8_t *to, size_t size, uint64_t piece_end)
{
	uint64_t skip = offset - scan->buffer_offset;

	if (offset < scan->buffer_offset ||
	    !vms_inside_u64(skip, size, scan->buffer_size)) {
		size_t part = NOTE_BUFFER_BYTES;
		struct vms_error *err;

		if (part > piece_end - offset)
			part = (size_t)(piece_end - offset);
		scan->buffer_size = 0;
		err = vms_source_read_exact(scan->source, offset, scan->buffer,
					    part, "notes");
		if (err)
			return err;
		scan->buffer_offset = offset;
		scan->buffer_size = part;
		skip = 0;
	}
	memcpy(to, scan->buffer + skip, size);
	return NULL;
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

static uint64_t padded(uint32_t size)
{
	return ((uint64_t)size + NOTE_ALIGN - 1) & ~(uint64_t)(NOTE_ALIGN - 1);
}

/*
 * Checks the header in look->raw, of which there are size bytes. Zero bytes
 * where a header should be are padding, as in the kernel (fs/proc/vmcore.c).
 * The padding behind the last note may be missing.
 */
static enum note_end judge(struct note_look *look, size_t size,
			   uint64_t piece_size)
{
	const uint64_t left = piece_size - look->at;
	uint64_t name_end;
	uint64_t desc_end;

	if (is_zero(look->raw, size < NHDR_BYTES ? size : NHDR_BYTES))
		return NOTE_LAST;
	if (size < NHDR_BYTES)
		return NOTE_BROKEN;
	vms_elf_decode_nhdr(look->raw, &look->nhdr);
	/* Both are below 2^33: no overflow. */
	name_end = NHDR_BYTES + padded(look->nhdr.n_namesz);
	desc_end = name_end + look->nhdr.n_descsz;
	if (look->nhdr.n_descsz == 0)
		desc_end = NHDR_BYTES + look->nhdr.n_namesz;
	if (desc_end > left)
		return NOTE_BROKEN;
	look->end = look->at + name_end + padded(look->nhdr.n_descsz);
	if (look->end > piece_size)
		look->end = piece_size;
	return NOTE_MORE;
}

static bool grow_notes(struct note_scan *scan)
{
	struct vms_source *source = scan->source;
	size_t room = scan->notes_room ? scan->notes_room * 2 : 64;
	struct vms_note *notes;

	if (source->nr_notes < scan->notes_room)
		return true;
	notes = reallocarray(source->notes, room, sizeof(*notes));
	if (!notes)
		return false;
	source->notes = notes;
	scan->notes_room = room;
	return true;
}

static struct vms_error *keep_note(struct note_scan *scan, uint64_t area,
				   const struct note_look *look)
{
	uint64_t desc = look->at + NHDR_BYTES + padded(look->nhdr.n_namesz);
	size_t name_size = look->nhdr.n_namesz;
	struct vms_note *note;

	if (!grow_notes(scan))
		return vms_error_no_memory();
	/* No data, and the padding behind the name is missing. */
	if (desc > look->end)
		desc = look->end;
	note = &scan->source->notes[scan->source->nr_notes++];
	*note = (struct vms_note){
		.type = look->nhdr.n_type,
		.desc_offset = area + desc,
		.desc_size = look->nhdr.n_descsz,
	};
	if (name_size > sizeof(note->name) - 1)
		name_size = sizeof(note->name) - 1;
	memcpy(note->name, look->raw + NHDR_BYTES, name_size);
	return NULL;
}

static struct vms_error *doubt_note(struct note_scan *scan,
				    const struct vms_note_piece *piece,
				    const struct note_look *look)
{
	struct vms_source *source = scan->source;
	const uint64_t left = piece->size - look->at;

	if (left < NHDR_BYTES)
		return vms_source_doubt(source, &source->limits.notes,
					VMS_ERR_INPUT,
					"note at file offset %" PRIu64
					" has %" PRIu64
					" bytes, its header needs %u",
					piece->file_offset + look->at, left,
					NHDR_BYTES);
	return vms_source_doubt(source, &source->limits.notes, VMS_ERR_INPUT,
				"note at file offset %" PRIu64
				": n_namesz %" PRIu32 " + n_descsz %" PRIu32
				" do not fit the %" PRIu64
				" bytes that are left of its segment",
				piece->file_offset + look->at,
				look->nhdr.n_namesz, look->nhdr.n_descsz,
				left - NHDR_BYTES);
}

/* Notes that cannot be read: as good as broken to a lenient source. */
static struct vms_error *doubt_read(struct note_scan *scan,
				    struct vms_error *err)
{
	struct vms_source *source = scan->source;

	if (!source->lenient)
		return err;
	vms_log_warn_limited(source->log, &source->limits.notes, "%s: %s",
			     source->path, vms_error_text(err));
	vms_error_destroy(err);
	return NULL;
}

static struct vms_error *doubt_count(struct note_scan *scan)
{
	return vms_source_doubt(scan->source, &scan->source->limits.notes,
				VMS_ERR_LIMIT, "more than %u notes, %s",
				VMS_CAP_NOTES,
				scan->source->lenient ?
					"the first of them are used" :
					"which is the most that is allowed");
}

/* Walks one piece; *size_ret: its part that holds sound notes only. */
static struct vms_error *walk_piece(struct note_scan *scan,
				    const struct vms_note_piece *piece,
				    uint64_t *size_ret)
{
	struct note_look look = { .at = 0 };
	struct vms_error *err = NULL;

	for (; look.at < piece->size; look.at = look.end) {
		size_t size = LOOK_BYTES;
		enum note_end end;

		if (size > piece->size - look.at)
			size = (size_t)(piece->size - look.at);
		*size_ret = look.at;
		err = look_at(scan, piece->file_offset + look.at, look.raw,
			      size, piece->file_offset + piece->size);
		if (err)
			return doubt_read(scan, err);
		end = judge(&look, size, piece->size);
		if (end == NOTE_LAST)
			break;
		if (end == NOTE_BROKEN)
			return doubt_note(scan, piece, &look);
		if (scan->source->nr_notes == VMS_CAP_NOTES)
			return doubt_count(scan);
		err = keep_note(scan, piece->start, &look);
		if (err)
			return err;
	}
	*size_ret = piece->size;
	return NULL;
}

/* Also moves the pieces together where one was cut, and drops empty ones. */
static struct vms_error *walk_pieces(struct note_scan *scan)
{
	struct vms_source *source = scan->source;
	size_t count = source->nr_note_pieces;
	uint64_t area = 0;

	source->nr_note_pieces = 0;
	for (size_t i = 0; i < count; i++) {
		struct vms_note_piece piece = source->note_pieces[i];
		struct vms_error *err;
		uint64_t size = 0;

		piece.start = area;
		err = walk_piece(scan, &piece, &size);
		if (err)
			return err;
		if (size == 0)
			continue;
		piece.size = size;
		area += size;
		source->note_pieces[source->nr_note_pieces++] = piece;
	}
	return NULL;
}

struct vms_error *vms_elf_notes_read(struct vms_source *source,
				     const struct vms_elf_table *table)
{
	struct note_scan scan = { .source = source };
	struct vms_error *err;
	uint32_t count;

	err = vms_elf_phdrs_count(source, table, PT_NOTE, &count);
	if (err)
		return err;
	if (count > VMS_CAP_NOTES) {
		err = vms_source_doubt(source, NULL, VMS_ERR_LIMIT,
				       "%" PRIu32
				       " PT_NOTE segments, at most %u are %s",
				       count, VMS_CAP_NOTES,
				       source->lenient ? "used" : "allowed");
		if (err)
			return err;
		count = VMS_CAP_NOTES;
	}
	scan.room = count;
	source->note_pieces = calloc((size_t)count + 1,
				     sizeof(*source->note_pieces));
	if (!source->note_pieces)
		return vms_error_no_memory();
	err = collect_pieces(&scan, table);
	return err ? err : walk_pieces(&scan);
}
