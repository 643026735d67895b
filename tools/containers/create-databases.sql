-- One database per service; PostgreSQL's image runs this when its volume is new.
CREATE DATABASE order_api;
CREATE DATABASE worker;
CREATE DATABASE analytics;
CREATE DATABASE notifier;
