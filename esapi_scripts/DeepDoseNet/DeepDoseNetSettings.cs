namespace EsapiBridge.Scripts
{
    /// <summary>Grid on which a dose is written.</summary>
    public enum WriteGrid
    {
        /// <summary>A fine one: a copy of the plan is calculated on it.</summary>
        Fine,

        /// <summary>That of the plan's own dose.</summary>
        Source
    }

    /// <summary>Settings of DeepDoseNet.</summary>
    public sealed class DeepDoseNetSettings
    {
        /// <summary>Reads them.</summary>
        /// <exception cref="BridgeException">They are not as the installer writes them.</exception>
        public DeepDoseNetSettings(Settings settings)
        {
            Model = settings.Values.Text("model");
            Grid = settings.Values.Choice<WriteGrid>("write_grid");
            FineGridCm = settings.Values.Text("fine_grid_cm");
        }

        /// <summary>The network: a name or a folder.</summary>
        public string Model { get; private set; }

        /// <summary>Where the dose is written.</summary>
        public WriteGrid Grid { get; private set; }

        /// <summary>Grid of the fine calculation, in cm, as Eclipse's calculation option takes it.</summary>
        public string FineGridCm { get; private set; }
    }
}
