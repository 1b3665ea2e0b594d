-- The catalog part of evidence.sql: what pg_dump carries, without oids, owners and rights as they take effect.
-- Columns that not every major has are read through to_jsonb, which gives null for what is not there.

:row
select 'schema' as kind, quote_ident(n.nspname) as name,
       concat_ws('; ', 'owner ' || quote_ident(pg_get_userbyid(n.nspowner)),
         'acl ' || :acl_of coalesce(n.nspacl, acldefault('n', n.nspowner)) :acl_end) as def
  from pg_namespace n
 where :user_schema
   and not exists (select from pg_depend e where e.classid = 'pg_namespace'::regclass and e.objid = n.oid and e.deptype = 'e')
) o;

:row
select case c.relkind when 'r' then 'table' when 'p' then 'partitioned table' when 'v' then 'view'
            when 'm' then 'materialized view' when 'f' then 'foreign table' when 'S' then 'sequence' else 'composite type' end as kind,
       format('%I.%I', n.nspname, c.relname) as name,
       concat_ws('; ',
         case when not e.member then 'owner ' || quote_ident(pg_get_userbyid(c.relowner)) end,
         case when not e.member and c.relkind <> 'c' then
           'acl ' || :acl_of coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner)) :acl_end end,
         'persistence ' || c.relpersistence::text,
         'options ' || array_to_string(array(select x collate "C" from unnest(c.reloptions) x order by 1), ','),
         'toast options ' || (select array_to_string(array(select x collate "C" from unnest(t.reloptions) x order by 1), ',')
                                from pg_class t where t.oid = c.reltoastrelid and t.reloptions is not null),
         case when c.relrowsecurity then 'row security' end,
         case when c.relforcerowsecurity then 'row security forced' end,
         case when c.relkind in ('r', 'p') then 'replica identity ' || c.relreplident::text end,
         case when c.relkind = 'm' then 'populated ' || c.relispopulated::text end,
         'access method ' || (select am.amname::text from pg_am am where am.oid = c.relam),
         'of ' || nullif(c.reloftype, 0)::regtype::text,
         'partition by ' || case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end,
         'bound ' || pg_get_expr(c.relpartbound, c.oid),
         'inherits ' || (select string_agg(i.inhparent::regclass::text, ',' order by i.inhseqno) from pg_inherits i where i.inhrelid = c.oid),
         -- An app may rely on the order of `select *`; a child table gets a new one on restore.
         case when c.relispartition or not exists (select from pg_inherits i where i.inhrelid = c.oid) then
           'columns ' || (select string_agg(quote_ident(a.attname), ',' order by a.attnum)
                            from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and c.relkind <> 'S') end,
         'as ' || case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end,
         'server ' || (select format('%I %s', s.srvname, f.ftoptions) from pg_foreign_table f join pg_foreign_server s on s.oid = f.ftserver
                        where f.ftrelid = c.oid)) as def
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
 cross join lateral (select exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
                                     and d.objsubid = 0 and d.deptype = 'e') as member) e
 where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'c') and :user_schema
) o;

:row
select 'column' as kind, format('%I.%I.%I', n.nspname, c.relname, a.attname) as name,
       concat_ws('; ', format_type(a.atttypid, a.atttypmod),
         'collate ' || (select format('%I.%I', cn.nspname, co.collname) from pg_collation co join pg_namespace cn on cn.oid = co.collnamespace
                         where co.oid = a.attcollation and a.attcollation <> t.typcollation),
         case when a.attnotnull then 'not null' end,
         case when a.attgenerated = '' then 'default ' else 'generated ' || a.attgenerated::text || ' ' end || pg_get_expr(d.adbin, d.adrelid),
         'identity ' || nullif(a.attidentity::text, ''),
         'storage ' || a.attstorage::text,
         'compression ' || nullif(to_jsonb(a) ->> 'attcompression', ''),
         -- pg_attver is a stamp that newer minor releases keep for themselves; pg_dump leaves it out too.
         'options ' || (select string_agg(x, ',' order by x collate "C") from unnest(a.attoptions) x where x not like 'pg\_attver=%'),
         'statistics ' || nullif(a.attstattarget::int, -1),
         case when not a.attislocal then 'inherited' end,
         'acl ' || case when a.attacl is not null then :acl_of a.attacl :acl_end end,
         'fdw ' || array_to_string(a.attfdwoptions, ',')) as def
  from pg_attribute a
  join pg_class c on c.oid = a.attrelid
  join pg_namespace n on n.oid = c.relnamespace
  join pg_type t on t.oid = a.atttypid
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
 where c.relkind in ('r', 'p', 'v', 'm', 'f', 'c') and a.attnum > 0 and not a.attisdropped and :user_schema
) o;

:row
select 'constraint' as kind,
       format('%s %I', case when k.conrelid <> 0 then k.conrelid::regclass::text else k.contypid::regtype::text end, k.conname) as name,
       concat_ws('; ', pg_get_constraintdef(k.oid), case when not k.convalidated then 'not validated' end,
         case when k.connoinherit and k.contype = 'c' then 'no inherit' end, case when not k.conislocal then 'inherited' end) as def
  from pg_constraint k
  join pg_namespace n on n.oid = k.connamespace
  left join pg_constraint parent on parent.oid = k.conparentid
  -- A foreign key to a partitioned table has one generated row for each partition of that table.
 where :user_schema and k.contype <> 't' and (parent.oid is null or parent.conrelid <> k.conrelid)
) o;

:row
select 'index' as kind, format('%I.%I', n.nspname, c.relname) as name,
       concat_ws('; ', pg_get_indexdef(i.indexrelid),
         case when not i.indisvalid then 'invalid' end, case when not i.indisready then 'not ready' end,
         case when i.indisprimary then 'primary' end, case when i.indisreplident then 'replica identity' end,
         case when i.indisclustered then 'clustered' end,
         'part of ' || (select h.inhparent::regclass::text from pg_inherits h where h.inhrelid = i.indexrelid),
         'statistics ' || (select string_agg(a.attnum || '=' || a.attstattarget, ',' order by a.attnum) from pg_attribute a
                            where a.attrelid = i.indexrelid and a.attstattarget::int >= 0)) as def
  from pg_index i
  join pg_class c on c.oid = i.indexrelid
  join pg_namespace n on n.oid = c.relnamespace
 where :user_schema
) o;

:row
select 'sequence options' as kind, format('%I.%I', n.nspname, c.relname) as name,
       concat_ws('; ', format_type(s.seqtypid, null), 'start ' || s.seqstart, 'increment ' || s.seqincrement, 'min ' || s.seqmin,
         'max ' || s.seqmax, 'cache ' || s.seqcache, case when s.seqcycle then 'cycle' end,
         'owned by ' || (select format('%s.%I', d.refobjid::regclass, a.attname) from pg_depend d
                           join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
                          where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0
                            and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i') limit 1)) as def
  from pg_sequence s
  join pg_class c on c.oid = s.seqrelid
  join pg_namespace n on n.oid = c.relnamespace
 where :user_schema
) o;

:row
select case p.prokind when 'a' then 'aggregate' when 'p' then 'procedure' else 'function' end as kind, p.oid::regprocedure::text as name,
       concat_ws('; ', 'owner ' || quote_ident(pg_get_userbyid(p.proowner)),
         'acl ' || :acl_of coalesce(p.proacl, acldefault('f', p.proowner)) :acl_end,
         case when p.prokind <> 'a' then pg_get_functiondef(p.oid) end,
         (select concat_ws(' ', pg_get_function_arguments(p.oid), 'returns', format_type(p.prorettype, null), 'kind', g.aggkind, 'direct', g.aggnumdirectargs,
                   'sfunc', g.aggtransfn::regprocedure, 'final', nullif(g.aggfinalfn, 0)::regprocedure, 'combine', nullif(g.aggcombinefn, 0)::regprocedure,
                   'serial', nullif(g.aggserialfn, 0)::regprocedure, 'deserial', nullif(g.aggdeserialfn, 0)::regprocedure,
                   'msfunc', nullif(g.aggmtransfn, 0)::regprocedure, 'minv', nullif(g.aggminvtransfn, 0)::regprocedure,
                   'mfinal', nullif(g.aggmfinalfn, 0)::regprocedure, 'extra', g.aggfinalextra, g.aggmfinalextra, 'modify', g.aggfinalmodify, g.aggmfinalmodify,
                   'stype', g.aggtranstype::regtype, g.aggtransspace, 'mstype', nullif(g.aggmtranstype, 0)::regtype, g.aggmtransspace,
                   'sort', nullif(g.aggsortop, 0)::regoperator, 'init', quote_nullable(g.agginitval), quote_nullable(g.aggminitval), 'parallel', p.proparallel)
            from pg_aggregate g where g.aggfnoid = p.oid)) as def
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
 where :user_schema
   and not exists (select from pg_depend e where e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e')
) o;

:row
select 'type' as kind, format_type(t.oid, null) as name,
       concat_ws('; ', t.typtype::text, 'owner ' || quote_ident(pg_get_userbyid(t.typowner)),
         'acl ' || :acl_of coalesce(t.typacl, acldefault('T', t.typowner)) :acl_end,
         'labels ' || (select string_agg(quote_literal(l.enumlabel), ',' order by l.enumsortorder) from pg_enum l where l.enumtypid = t.oid),
         case when t.typtype = 'd' then concat_ws(' ', 'domain over', format_type(t.typbasetype, t.typtypmod), case when t.typnotnull then 'not null' end,
           'default ' || t.typdefault, 'collate ' || nullif(t.typcollation, 0)::regcollation::text) end,
         (select concat_ws(' ', 'range of', r.rngsubtype::regtype, 'multirange', (to_jsonb(r) ->> 'rngmultitypid')::oid::regtype,
                   'opclass', (select oc.opcname from pg_opclass oc where oc.oid = r.rngsubopc),
                   'collate ' || nullif(r.rngcollation, 0)::regcollation::text, r.rngcanonical, r.rngsubdiff)
            from pg_range r where r.rngtypid = t.oid),
         case when t.typtype = 'b' then concat_ws(' ', t.typinput, t.typoutput, t.typreceive, t.typsend, t.typmodin, t.typmodout, t.typanalyze,
           t.typlen, t.typbyval, t.typalign, t.typstorage, t.typcategory, t.typispreferred, t.typdelim, 'default ' || t.typdefault) end) as def
  from pg_type t
  join pg_namespace n on n.oid = t.typnamespace
  left join pg_class c on c.oid = t.typrelid
 where :user_schema and (t.typrelid = 0 or c.relkind = 'c') and t.typtype <> 'm' and t.typisdefined
   and not exists (select from pg_type element where element.typarray = t.oid)
   and not exists (select from pg_depend e where e.classid = 'pg_type'::regclass and e.objid = t.oid and e.deptype = 'e')
) o;

:row
select 'trigger' as kind, format('%s %I', g.tgrelid::regclass, g.tgname) as name,
       concat_ws('; ', pg_get_triggerdef(g.oid), 'enabled ' || g.tgenabled::text) as def
  from pg_trigger g
  join pg_class c on c.oid = g.tgrelid
  join pg_namespace n on n.oid = c.relnamespace
 where not g.tgisinternal and :user_schema
union all
select 'event trigger', quote_ident(v.evtname),
       concat_ws('; ', v.evtevent, v.evtfoid::regprocedure::text, 'enabled ' || v.evtenabled::text, array_to_string(v.evttags, ','),
         'owner ' || quote_ident(pg_get_userbyid(v.evtowner)))
  from pg_event_trigger v
 where not exists (select from pg_depend e where e.classid = 'pg_event_trigger'::regclass and e.objid = v.oid and e.deptype = 'e')
union all
select 'rule', format('%s %I', r.ev_class::regclass, r.rulename), concat_ws('; ', pg_get_ruledef(r.oid), 'enabled ' || r.ev_enabled::text)
  from pg_rewrite r
  join pg_class c on c.oid = r.ev_class
  join pg_namespace n on n.oid = c.relnamespace
 where r.rulename <> '_RETURN' and :user_schema
union all
select 'policy', format('%s %I', y.polrelid::regclass, y.polname),
       concat_ws('; ', 'for ' || y.polcmd::text, case when y.polpermissive then 'permissive' else 'restrictive' end,
         'to ' || array_to_string(array(select case r when 0 then 'PUBLIC' else quote_ident(pg_get_userbyid(r)) end collate "C"
                                          from unnest(y.polroles) r order by 1), ','),
         'using ' || pg_get_expr(y.polqual, y.polrelid), 'check ' || pg_get_expr(y.polwithcheck, y.polrelid))
  from pg_policy y
union all
select 'statistics', format('%I.%I', n.nspname, s.stxname),
       concat_ws('; ', pg_get_statisticsobjdef(s.oid), 'owner ' || quote_ident(pg_get_userbyid(s.stxowner)),
         'target ' || nullif((to_jsonb(s) ->> 'stxstattarget')::int, -1))
  from pg_statistic_ext s
  join pg_namespace n on n.oid = s.stxnamespace
 where :user_schema
) o;

:row
select 'publication' as kind, quote_ident(p.pubname) as name,
       concat_ws('; ', 'owner ' || quote_ident(pg_get_userbyid(p.pubowner)), (to_jsonb(p) - 'oid' - 'pubname' - 'pubowner')::text) as def
  from pg_publication p
) o;
select to_regclass('pg_catalog.pg_publication_namespace') is not null as publication_details \gset
\if :publication_details
:row
select 'publication table' as kind, format('%I %s', p.pubname, r.prrelid::regclass) as name,
       concat_ws('; ', 'in',
         'columns ' || (select string_agg(quote_ident(a.attname), ',' order by a.attname)
                          from pg_attribute a where a.attrelid = r.prrelid and a.attnum = any (r.prattrs)),
         'where ' || pg_get_expr(r.prqual, r.prrelid)) as def
  from pg_publication_rel r
  join pg_publication p on p.oid = r.prpubid
union all
select 'publication schema', format('%I %I', p.pubname, n.nspname), 'in'
  from pg_publication_namespace x
  join pg_publication p on p.oid = x.pnpubid
  join pg_namespace n on n.oid = x.pnnspid
) o;
\else
:row
select 'publication table' as kind, format('%I %s', p.pubname, r.prrelid::regclass) as name, 'in' as def
  from pg_publication_rel r
  join pg_publication p on p.oid = r.prpubid
) o;
\endif

-- Connection strings and user mappings hold passwords: names only.
:row
select 'subscription' as kind, quote_ident(s.subname) as name,
       concat_ws('; ', 'owner ' || quote_ident(pg_get_userbyid(s.subowner)), array_to_string(s.subpublications, ','), 'slot ' || s.subslotname) as def
  from pg_subscription s
 where s.subdbid = (select d.oid from pg_database d where d.datname = current_database())
union all
select 'extension', quote_ident(x.extname),
       concat_ws('; ', 'version ' || x.extversion, 'schema ' || quote_ident(n.nspname),
         'config ' || (select string_agg(r::regclass::text || ' ' || quote_literal(x.extcondition[i]), ',' order by r::regclass::text collate "C")
                         from unnest(x.extconfig) with ordinality u(r, i)))
  from pg_extension x
  join pg_namespace n on n.oid = x.extnamespace
union all
select 'foreign data wrapper', quote_ident(w.fdwname),
       concat_ws('; ', 'owner ' || quote_ident(pg_get_userbyid(w.fdwowner)), nullif(w.fdwhandler, 0)::regproc::text, nullif(w.fdwvalidator, 0)::regproc::text,
         array_to_string(w.fdwoptions, ','), 'acl ' || :acl_of coalesce(w.fdwacl, acldefault('F', w.fdwowner)) :acl_end)
  from pg_foreign_data_wrapper w
 where not exists (select from pg_depend e where e.classid = 'pg_foreign_data_wrapper'::regclass and e.objid = w.oid and e.deptype = 'e')
union all
select 'foreign server', quote_ident(s.srvname),
       concat_ws('; ', 'owner ' || quote_ident(pg_get_userbyid(s.srvowner)), (select quote_ident(w.fdwname) from pg_foreign_data_wrapper w where w.oid = s.srvfdw),
         s.srvtype, s.srvversion, array_to_string(s.srvoptions, ','), 'acl ' || :acl_of coalesce(s.srvacl, acldefault('S', s.srvowner)) :acl_end)
  from pg_foreign_server s
union all
select 'user mapping', format('%I for %s', s.srvname, case m.umuser when 0 then 'PUBLIC' else quote_ident(pg_get_userbyid(m.umuser)) end),
       'options ' || coalesce((select string_agg(split_part(x, '=', 1), ',' order by x collate "C") from unnest(m.umoptions) x), '')
  from pg_user_mapping m
  join pg_foreign_server s on s.oid = m.umserver
) o;

:row
select 'cast' as kind, format('%s as %s', format_type(c.castsource, null), format_type(c.casttarget, null)) as name,
       concat_ws('; ', nullif(c.castfunc, 0)::regprocedure::text, c.castcontext::text, c.castmethod::text) as def
  from pg_cast c
 where c.oid >= 16384 and not exists (select from pg_depend e where e.classid = 'pg_cast'::regclass and e.objid = c.oid and e.deptype = 'e')
union all
select 'operator', p.oid::regoperator::text,
       concat_ws('; ', 'owner ' || quote_ident(pg_get_userbyid(p.oprowner)), p.oprcode::regprocedure::text, 'commutator ' || nullif(p.oprcom, 0)::regoperator::text,
         'negator ' || nullif(p.oprnegate, 0)::regoperator::text, 'restrict ' || nullif(p.oprrest, 0)::regproc::text,
         'join ' || nullif(p.oprjoin, 0)::regproc::text, case when p.oprcanmerge then 'merges' end, case when p.oprcanhash then 'hashes' end)
  from pg_operator p
  join pg_namespace n on n.oid = p.oprnamespace
 where :user_schema and p.oprcode <> 0 and not exists (select from pg_depend e where e.classid = 'pg_operator'::regclass and e.objid = p.oid and e.deptype = 'e')
union all
select 'operator class', format('%I.%I %I', n.nspname, c.opcname, am.amname),
       concat_ws('; ', 'owner ' || quote_ident(pg_get_userbyid(c.opcowner)), c.opcintype::regtype::text, 'key ' || nullif(c.opckeytype, 0)::regtype::text,
         case when c.opcdefault then 'default' end, (select quote_ident(f.opfname) from pg_opfamily f where f.oid = c.opcfamily))
  from pg_opclass c
  join pg_namespace n on n.oid = c.opcnamespace
  join pg_am am on am.oid = c.opcmethod
 where :user_schema and not exists (select from pg_depend e where e.classid = 'pg_opclass'::regclass and e.objid = c.oid and e.deptype = 'e')
union all
select 'operator family', format('%I.%I %I', n.nspname, f.opfname, am.amname),
       concat_ws('; ', 'owner ' || quote_ident(pg_get_userbyid(f.opfowner)),
         (select string_agg(concat_ws(' ', a.amopstrategy, a.amopopr::regoperator, a.amoppurpose), ',' order by a.amopstrategy, a.amopopr::regoperator::text collate "C")
            from pg_amop a where a.amopfamily = f.oid),
         (select string_agg(concat_ws(' ', a.amprocnum, format_type(a.amproclefttype, null), format_type(a.amprocrighttype, null), a.amproc::regprocedure), ','
                   order by a.amprocnum, a.amproc::regprocedure::text collate "C")
            from pg_amproc a where a.amprocfamily = f.oid))
  from pg_opfamily f
  join pg_namespace n on n.oid = f.opfnamespace
  join pg_am am on am.oid = f.opfmethod
 where :user_schema and not exists (select from pg_depend e where e.classid = 'pg_opfamily'::regclass and e.objid = f.oid and e.deptype = 'e')
union all
select 'collation', format('%I.%I', n.nspname, c.collname),
       concat_ws('; ', 'owner ' || quote_ident(pg_get_userbyid(c.collowner)), c.collprovider::text, c.collcollate, c.collctype,
         coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale'), 'rules ' || (to_jsonb(c) ->> 'collicurules'),
         case when not c.collisdeterministic then 'not deterministic' end)
  from pg_collation c
  join pg_namespace n on n.oid = c.collnamespace
 where :user_schema and not exists (select from pg_depend e where e.classid = 'pg_collation'::regclass and e.objid = c.oid and e.deptype = 'e')
union all
select 'conversion', format('%I.%I', n.nspname, c.conname),
       concat_ws('; ', 'owner ' || quote_ident(pg_get_userbyid(c.conowner)), pg_encoding_to_char(c.conforencoding), pg_encoding_to_char(c.contoencoding),
         c.conproc::regproc::text, case when c.condefault then 'default' end)
  from pg_conversion c
  join pg_namespace n on n.oid = c.connamespace
 where :user_schema
union all
select 'language', quote_ident(l.lanname),
       concat_ws('; ', 'owner ' || quote_ident(pg_get_userbyid(l.lanowner)), case when l.lanpltrusted then 'trusted' end, nullif(l.lanplcallfoid, 0)::regproc::text,
         'acl ' || :acl_of coalesce(l.lanacl, acldefault('l', l.lanowner)) :acl_end)
  from pg_language l
 where l.oid >= 16384 and not exists (select from pg_depend e where e.classid = 'pg_language'::regclass and e.objid = l.oid and e.deptype = 'e')
union all
select 'transform', format('%s language %I', format_type(f.trftype, null), l.lanname),
       concat_ws('; ', nullif(f.trffromsql, 0)::regprocedure::text, nullif(f.trftosql, 0)::regprocedure::text)
  from pg_transform f
  join pg_language l on l.oid = f.trflang
 where not exists (select from pg_depend e where e.classid = 'pg_transform'::regclass and e.objid = f.oid and e.deptype = 'e')
union all
select 'access method', quote_ident(m.amname), concat_ws('; ', m.amtype::text, m.amhandler::regproc::text)
  from pg_am m
 where m.oid >= 16384 and not exists (select from pg_depend e where e.classid = 'pg_am'::regclass and e.objid = m.oid and e.deptype = 'e')
) o;

:row
select 'text search configuration' as kind, format('%I.%I', n.nspname, c.cfgname) as name,
       concat_ws('; ', 'owner ' || quote_ident(pg_get_userbyid(c.cfgowner)), (select quote_ident(p.prsname) from pg_ts_parser p where p.oid = c.cfgparser),
         (select string_agg(concat_ws(' ', m.maptokentype, m.mapseqno, m.mapdict::regdictionary), ',' order by m.maptokentype, m.mapseqno)
            from pg_ts_config_map m where m.mapcfg = c.oid)) as def
  from pg_ts_config c
  join pg_namespace n on n.oid = c.cfgnamespace
 where :user_schema and not exists (select from pg_depend e where e.classid = 'pg_ts_config'::regclass and e.objid = c.oid and e.deptype = 'e')
union all
select 'text search dictionary', format('%I.%I', n.nspname, d.dictname),
       concat_ws('; ', 'owner ' || quote_ident(pg_get_userbyid(d.dictowner)), (select quote_ident(t.tmplname) from pg_ts_template t where t.oid = d.dicttemplate), d.dictinitoption)
  from pg_ts_dict d
  join pg_namespace n on n.oid = d.dictnamespace
 where :user_schema and not exists (select from pg_depend e where e.classid = 'pg_ts_dict'::regclass and e.objid = d.oid and e.deptype = 'e')
union all
select 'text search parser', format('%I.%I', n.nspname, p.prsname), concat_ws('; ', p.prsstart, p.prstoken, p.prsend, p.prsheadline, p.prslextype)
  from pg_ts_parser p
  join pg_namespace n on n.oid = p.prsnamespace
 where :user_schema and not exists (select from pg_depend e where e.classid = 'pg_ts_parser'::regclass and e.objid = p.oid and e.deptype = 'e')
union all
select 'text search template', format('%I.%I', n.nspname, t.tmplname), concat_ws('; ', nullif(t.tmplinit, 0)::regproc::text, t.tmpllexize::regproc::text)
  from pg_ts_template t
  join pg_namespace n on n.oid = t.tmplnamespace
 where :user_schema and not exists (select from pg_depend e where e.classid = 'pg_ts_template'::regclass and e.objid = t.oid and e.deptype = 'e')
) o;

:row
select 'default privileges' as kind,
       format('%s %s %s', quote_ident(pg_get_userbyid(d.defaclrole)), coalesce((select quote_ident(n.nspname) from pg_namespace n where n.oid = d.defaclnamespace), '*'),
         d.defaclobjtype) as name,
       :acl_of d.defaclacl :acl_end as def
  from pg_default_acl d
) o;

-- Rights on objects of the system or of an extension, where they are no longer what they came with.
:row
select 'changed rights' as kind, concat_ws(' ', i.type, i.identity) as name, :acl_of x.acl :acl_end as def
  from (select 'pg_proc'::regclass::oid as class, oid, proacl as acl, pronamespace as ns from pg_proc
        union all select 'pg_class'::regclass, oid, relacl, relnamespace from pg_class where relkind <> 'i'
        union all select 'pg_type'::regclass, oid, typacl, typnamespace from pg_type
        union all select 'pg_language'::regclass, oid, lanacl, 'pg_catalog'::regnamespace from pg_language
        union all select 'pg_namespace'::regclass, oid, nspacl, oid from pg_namespace where nspname = 'pg_catalog') x
  left join pg_init_privs p on p.classoid = x.class and p.objoid = x.oid and p.objsubid = 0
 cross join lateral pg_identify_object(x.class, x.oid, 0) i
 where x.acl is distinct from p.initprivs and x.acl is not null
   and (x.ns = 'pg_catalog'::regnamespace and x.oid < 16384
        or exists (select from pg_depend e where e.classid = x.class and e.objid = x.oid and e.objsubid = 0 and e.deptype = 'e'))
) o;

:row
select 'comment' as kind, concat_ws(' ', i.type, i.identity) as name, d.description as def
  from pg_description d
 cross join lateral pg_identify_object(d.classoid, d.objoid, d.objsubid) i
 where d.objoid >= 16384 or (d.classoid = 'pg_namespace'::regclass and d.objoid = to_regnamespace('public'))
union all
select 'security label', concat_ws(' ', s.provider, i.type, i.identity), s.label
  from pg_seclabel s
 cross join lateral pg_identify_object(s.classoid, s.objoid, s.objsubid) i
) o;

-- Facts of the database itself, apart: a fence or a restore changes some of them on purpose.
select json_build_object('k', 'database', 'name', f.name, 'def', f.def)
  from pg_database d
 cross join lateral (values
    ('encoding', pg_encoding_to_char(d.encoding)::text),
    ('collate', d.datcollate::text),
    ('ctype', d.datctype::text),
    ('provider', coalesce(to_jsonb(d) ->> 'datlocprovider', 'c')),
    ('locale', coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale', '')),
    ('collation version', coalesce(to_jsonb(d) ->> 'datcollversion', '')),
    ('owner', quote_ident(pg_get_userbyid(d.datdba))),
    ('acl', :acl_of coalesce(d.datacl, acldefault('d', d.datdba)) :acl_end),
    ('connection limit', d.datconnlimit::text),
    ('comment', coalesce((select s.description from pg_shdescription s where s.classoid = 'pg_database'::regclass and s.objoid = d.oid), ''))
  ) f(name, def)
 where d.datname = current_database();

select json_build_object('k', 'setting', 'name',
         concat_ws(' ', case s.setrole when 0 then '*' else quote_ident(pg_get_userbyid(s.setrole)) end, split_part(x, '=', 1)),
         'def', substr(x, strpos(x, '=') + 1))
  from pg_db_role_setting s
 cross join lateral unnest(s.setconfig) x
 where s.setdatabase = (select d.oid from pg_database d where d.datname = current_database());

select json_build_object('k', 'role', 'name', quote_ident(r.rolname), 'def',
         concat_ws('; ', case when r.rolsuper then 'superuser' end, case when r.rolinherit then 'inherit' end, case when r.rolcreaterole then 'createrole' end,
           case when r.rolcreatedb then 'createdb' end, case when r.rolreplication then 'replication' end, case when r.rolbypassrls then 'bypassrls' end,
           'valid until ' || r.rolvaliduntil,
           'member of ' || (select string_agg(quote_ident(pg_get_userbyid(m.roleid)) || case when m.admin_option then '*' else '' end, ',' order by pg_get_userbyid(m.roleid))
                              from pg_auth_members m where m.member = r.oid)))
  from pg_roles r
 where r.oid in (select s.refobjid from pg_shdepend s
                  where s.refclassid = 'pg_authid'::regclass and s.dbid = (select d.oid from pg_database d where d.datname = current_database()));

select json_build_object('k', 'meta', 'schema', 'dbctl.evidence/1', 'server_version_num', current_setting('server_version_num')::int,
         'bootstrap', quote_ident(pg_get_userbyid(10)),
         'tables', count(*) filter (where c.relkind = 'r'), 'sequences', count(*) filter (where c.relkind = 'S'))
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
 where :user_schema;
