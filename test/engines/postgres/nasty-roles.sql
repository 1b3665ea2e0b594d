create role owner_role login;
create role reader_role nologin;
create role group_role nologin;
create role "odd ""role""' é" login createdb;
grant group_role to owner_role with admin option;
