using System.Collections.Generic;

namespace EsapiBridge.Scripts
{
    /// <summary>To what mean dose of the target a new fluence is normalised.</summary>
    public enum NormalisationRule
    {
        /// <summary>That which the worker says for the wanted dose.</summary>
        Prescription,

        /// <summary>That which Eclipse shows for the open plan.</summary>
        Reference
    }

    /// <summary>Settings of FluenceNet.</summary>
    public sealed class FluenceNetSettings
    {
        /// <summary>Reads them.</summary>
        /// <exception cref="BridgeException">They are not as the installer writes them.</exception>
        public FluenceNetSettings(Settings settings)
        {
            JsonObject values = settings.Values;
            Model = values.Text("fluence_model");
            WantedDoseModel = values.Text("wanted_dose_model", null);
            Machine = new MachineChoice(values, "fluence_machine", "fluence_energy", "fluence_dose_rate");
            Normalisation = values.Choice<NormalisationRule>("normalisation");
            LeafMotionModel = values.Text("leaf_motion_model", null);
            DoseModel = values.Text("dose_model", null);
            HasFixedJaws = values.Truth("fixed_jaws");
            Structures = values.TextsByName("structures");
        }

        /// <summary>The network: a name or a folder.</summary>
        public string Model { get; private set; }

        /// <summary>The network that predicts the dose of a plan that has none; null for the worker's own.</summary>
        public string WantedDoseModel { get; private set; }

        /// <summary>Machine, energy and dose rate of the fields that a plan without any gets.</summary>
        public MachineChoice Machine { get; private set; }

        /// <summary>How a new fluence is normalised.</summary>
        public NormalisationRule Normalisation { get; private set; }

        /// <summary>Model of leaf motions; null for that of the open plan.</summary>
        public string LeafMotionModel { get; private set; }

        /// <summary>Model of the dose; null for that of the open plan.</summary>
        public string DoseModel { get; private set; }

        /// <summary>Whether leaf motions keep the jaws where they are.</summary>
        public bool HasFixedJaws { get; private set; }

        /// <summary>Ids of structures by the role they have for the network, where their names do not say it.</summary>
        public Dictionary<string, string> Structures { get; private set; }
    }
}
