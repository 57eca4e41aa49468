/**
 * Bounds on everything that comes from outside. Each says why it has this value; rooms import the bound
 * instead of writing a number.
 */

/** STIX nests at most a handful of levels; extensions a few more. 64 leaves room and keeps recursion safe. */
export const JSON_DEPTH_MAX = 64;

/** Largest single JSON value held in memory: the largest public STIX bundles have objects of about 1 MiB. */
export const JSON_VALUE_BYTES_MAX = 16 * 1024 * 1024;

/** Largest HTTP request body; larger transfers are paged (TAXII `max_content_length`). */
export const BODY_BYTES_MAX = 16 * 1024 * 1024;

/** A tlog-tiles entry has a 16-bit length (C2SP tlog-tiles, "Log Entries"). */
export const LEDGER_ENTRY_BYTES_MAX = 65_535;

/** How deep containers may nest in evidence: mail in zip in zip in gzip is real, eight is not. */
export const CONTAINER_DEPTH_MAX = 5;

/** A container may unpack to this many times its own size; deflate's own maximum is 1,032. */
export const CONTAINER_RATIO_MAX = 1_100;

/** And to this many bytes in all, so that one exhibit cannot occupy a worker for days. */
export const CONTAINER_BYTES_MAX = 64 * 1024 * 1024 * 1024;

/** Members of one container: above this it is an attack or a whole disk, which is loaded as an image. */
export const CONTAINER_MEMBERS_MAX = 1_000_000;
