"""Base job templates of Prefect's work pools: what a flow run is started as, with which resources and which secrets by name."""
