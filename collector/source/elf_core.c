// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ELF core files as an input format: /proc/vmcore, what was copied from it,
 * and what QEMU and libvirt write. Ties the parts together and must not know
 * any field itself.
 */
#include "elf_core.h"
#include "source_reader.h"

static bool elf_probe(const uint8_t *head, size_t size)
{
	return size >= SELFMAG && !memcmp(head, ELFMAG, SELFMAG);
}

static struct vms_error *elf_open(struct vms_source *source)
{
	struct vms_elf_table table;
	struct vms_error *err;

	/* libelf asks for this before any other call. */
	if (elf_version(EV_CURRENT) == EV_NONE)
		return vms_error_create(VMS_ERR_UNSUPPORTED,
					"libelf is older than ELF version %d",
					EV_CURRENT);
	err = vms_elf_header_read(source, &table);
	if (!err)
		err = vms_elf_loads_read(source, &table);
	if (!err)
		err = vms_elf_notes_read(source, &table);
	return err;
}

static void elf_close(struct vms_source *source)
{
	free(source->loads);
	free(source->segments);
	free(source->note_pieces);
	free(source->notes);
}

const struct vms_source_ops vms_elf_core_ops = {
	.name = "ELF",
	.probe = elf_probe,
	.open = elf_open,
	.close = elf_close,
	.view = vms_reader_view_plain,
	.read = vms_reader_read_plain,
};
