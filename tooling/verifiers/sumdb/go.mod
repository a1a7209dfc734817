module example.invalid/sumdb

go 1.22

require golang.org/x/mod v0.22.0
