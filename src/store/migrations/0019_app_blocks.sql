-- The api_ids that nobody may use, and since when. A table of its own, because the id of a client whose sources are published
-- works without being registered here.
create table app_block (
  api_id      int primary key,
  blocked_at  int not null
);
insert into app_block (api_id, blocked_at)
select api_id, blocked_at from app where blocked_at is not null;
-- Against such an id a rule may have imposed what had no effect.
insert into app_block (api_id, blocked_at)
select subject_id, min(since) from sanction
where subject_kind = 'app' and kind = 'banned' and lifted_at is null and until is null
group by subject_id
on conflict do nothing;
alter table app drop column blocked_at;
