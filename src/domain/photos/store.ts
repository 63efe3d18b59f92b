import type { UserId } from '../../lib/ids.ts'
import type { Db, Tx } from '../../store/database.ts'

/** How the album of an account stands. */
export interface Album {
  readonly photoId: bigint | null
  readonly fallbackId: bigint | null
  readonly count: number
  /** The highest place. */
  readonly top: number
}

/** An account's album, which nobody else can change until the transaction ends. */
export async function lockAlbum(tx: Tx, userId: UserId): Promise<Album | undefined> {
  const [album] = await tx.sql<Album[]>`
    select a.photo_id as "photoId", a.fallback_photo_id as "fallbackId",
      (select count(*)::int from profile_photo where user_id = a.id and place is not null) as count,
      (select coalesce(max(place), 0) from profile_photo where user_id = a.id) as top
    from account a where a.id = ${userId} for no key update of a`
  return album
}

/** Puts a photo into the album of an account; null for a place: beside it. False when it was in it or beside it. */
export async function putProfilePhoto(
  tx: Tx,
  userId: UserId,
  photo: { readonly id: bigint; readonly photo: Uint8Array; readonly place: number | null },
): Promise<boolean> {
  tx.outdate([userId])
  const [row] = await tx.sql<{ isNew: boolean }[]>`
    insert into profile_photo (user_id, id, photo, place)
    values (${userId}, ${photo.id}, ${photo.photo}, ${photo.place})
    on conflict (user_id, id) do update set place = coalesce(excluded.place, profile_photo.place)
    returning (xmax = 0) as "isNew"`
  return row?.isNew ?? false
}

/** Takes photos out of the album of an account, and returns those that were in it. */
export async function takeOutOfAlbum(tx: Tx, userId: UserId, ids: readonly bigint[]): Promise<bigint[]> {
  tx.outdate([userId])
  const rows = await tx.sql<{ id: bigint }[]>`
    update profile_photo set place = null
    where user_id = ${userId} and id = any(${[...ids]}::bigint[]) and place is not null returning id`
  return rows.map((row) => row.id)
}

/**
 * Has an account show the highest photo of its album, and that one to those who may not see it. Photos that are neither are
 * dropped.
 */
export async function settleAlbum(tx: Tx, userId: UserId, fallbackId: bigint | null): Promise<void> {
  tx.outdate([userId])
  await tx.sql`
    update account set fallback_photo_id = ${fallbackId}, photo_id = (
      select id from profile_photo where user_id = ${userId} and place is not null order by place desc limit 1)
    where id = ${userId}`
  tx.outdate([userId])
  await tx.sql`
    delete from profile_photo where user_id = ${userId} and place is null and id is distinct from ${fallbackId}::bigint`
}

/**
 * Some of the album of an account, the latest first: from `offset` behind its beginning, or behind the photo `afterId`. An
 * offset of -1 begins with that one.
 */
export async function readAlbum(
  db: Db | Tx,
  userId: UserId,
  page: { readonly afterId: bigint | undefined; readonly offset: number; readonly limit: number },
): Promise<Uint8Array[]> {
  const before =
    page.afterId === undefined ? db.sql`0` : db.sql`(select at from album where id = ${page.afterId})`
  const rows = await db.sql<{ photo: Uint8Array }[]>`
    with album as (
      select id, photo, row_number() over (order by place desc) as at
      from profile_photo where user_id = ${userId} and place is not null
    )
    select photo from album where at > ${page.offset}::int + ${before} order by at limit ${page.limit}`
  return rows.map((row) => row.photo)
}

/** How many photos the album of an account has. */
export async function countAlbum(db: Db | Tx, userId: UserId): Promise<number> {
  const [row] = await db.sql<{ count: number }[]>`
    select count(*)::int as count from profile_photo where user_id = ${userId} and place is not null`
  return row?.count ?? 0
}

/** Photos that stand for an account, and what tells who may see which. */
export interface PhotosRow {
  readonly isDeleted: boolean
  readonly shown: Uint8Array | null
  readonly fallback: Uint8Array | null
  /** What the viewer gave it. */
  readonly personal: Uint8Array | null
  readonly blocksViewer: boolean
}

/** The photos that stand for an account where a viewer sees it. */
export async function readPhotos(
  db: Db | Tx,
  viewer: UserId,
  userId: UserId,
): Promise<PhotosRow | undefined> {
  const [row] = await db.sql<PhotosRow[]>`
    select a.deleted_at is not null as "isDeleted", shown.photo as shown, fallback.photo as fallback,
      given.photo as personal, b.owner_id is not null as "blocksViewer"
    from account a
    left join profile_photo shown on shown.user_id = a.id and shown.id = a.photo_id
    left join profile_photo fallback on fallback.user_id = a.id and fallback.id = a.fallback_photo_id
    left join personal_photo given on given.owner_id = ${viewer} and given.user_id = a.id
    left join block b on b.owner_id = a.id and b.peer_id = ${viewer}
    where a.id = ${userId}`
  return row
}

/** Gives a contact a photo; null takes it back. False when it is no contact. */
export async function putPersonalPhoto(
  tx: Tx,
  owner: UserId,
  userId: UserId,
  photo: { readonly id: bigint; readonly photo: Uint8Array } | undefined,
): Promise<boolean> {
  tx.outdate([owner])
  if (!photo) {
    await tx.sql`delete from personal_photo where owner_id = ${owner} and user_id = ${userId}`
    return true
  }
  const rows = await tx.sql`
    insert into personal_photo (owner_id, user_id, id, photo)
    select owner_id, user_id, ${photo.id}::bigint, ${photo.photo}::bytea from contact
    where owner_id = ${owner} and user_id = ${userId} for key share
    on conflict (owner_id, user_id) do update set id = excluded.id, photo = excluded.photo
    returning 1`
  return rows.length > 0
}
