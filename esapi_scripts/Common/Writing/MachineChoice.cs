namespace EsapiBridge.Scripts
{
    /// <summary>What an installation chose of machine, energy and dose rate of new fields; null what it left open.</summary>
    public sealed class MachineChoice
    {
        /// <summary>Reads them.</summary>
        /// <param name="values">The settings.</param>
        /// <param name="machine">Key of the machine; its option is named alike.</param>
        /// <param name="energy">Key of the energy.</param>
        /// <param name="doseRate">Key of the dose rate.</param>
        public MachineChoice(JsonObject values, string machine, string energy, string doseRate)
        {
            Machine = values.Text(machine, null);
            Energy = values.Text(energy, null);
            DoseRate = values.Has(doseRate) ? (int?)values.Integer(doseRate) : null;
            MachineOption = Option(machine);
            EnergyOption = Option(energy);
            DoseRateOption = Option(doseRate);
        }

        /// <summary>Id of the machine.</summary>
        public string Machine { get; private set; }

        /// <summary>Energy as Eclipse displays it.</summary>
        public string Energy { get; private set; }

        /// <summary>Monitor units a minute.</summary>
        public int? DoseRate { get; private set; }

        /// <summary>Option of the installer that chooses the machine.</summary>
        public string MachineOption { get; private set; }

        /// <summary>Option that chooses the energy.</summary>
        public string EnergyOption { get; private set; }

        /// <summary>Option that chooses the dose rate.</summary>
        public string DoseRateOption { get; private set; }

        private static string Option(string key)
        {
            return "--" + key.Replace('_', '-');
        }
    }
}
