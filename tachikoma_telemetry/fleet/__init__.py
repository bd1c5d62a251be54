"""The stores of many machines as one: Parquet that each machine writes, read by engines that exist.

layout            the folders, files and columns: what writer and readers agree on
fleet_folder      a folder or bucket, by any of fsspec's file systems
manifest          what one machine has exported
omission          which projects stay at home
pseudonyms        names and folders as keyed digests
writer            exports a store
readable_exports  what of all exports a report can read
shared_rows       which rows of two machines are one
duckdb_engine     reports in DuckDB
spark_engine      reports in Spark
spark_session     a session of Spark
fleet_engine      a folder opened in an engine
"""
