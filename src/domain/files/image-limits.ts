/** Bytes of an image that photos are made of; larger ones can be sent as files. */
export const IMAGE_BYTES = 10 * 1024 * 1024
/** What width and height of a photo may be together, and how many times the smaller the larger may be. */
export const IMAGE_SIDES = 10_000
export const IMAGE_SIDES_RATIO = 20
/** The smaller side of a profile photo at least. */
export const PROFILE_SIDE = 160
/** How long one image may take: what takes longer is not made to be shown. */
export const IMAGE_SECONDS = 20
/** Images that are made at once on a node, and that wait for it. */
export const IMAGES_AT_ONCE = 2
export const IMAGES_WAITING = 200
