namespace VMS.TPS.Common.Model.Types
{
    /// <summary>What a new beam is delivered with.</summary>
    public class ExternalBeamMachineParameters
    {
        /// <summary>Makes the parameters; energy "6X" with fluence mode "FFF" stands for what is shown as "6X-FFF".</summary>
        public ExternalBeamMachineParameters(
            string machineId, string energyModeId, int doseRate, string techniqueId, string primaryFluenceModeId)
        {
            MachineId = machineId;
            EnergyModeId = energyModeId;
            DoseRate = doseRate;
            TechniqueId = techniqueId;
            PrimaryFluenceModeId = primaryFluenceModeId;
        }

#if ESAPI_16
        /// <summary>Makes the parameters of a machine.</summary>
        public ExternalBeamMachineParameters(string machineId)
        {
            MachineId = machineId;
        }

        /// <summary>The MLC.</summary>
        public string MLCId { get; set; }
#endif

        /// <summary>The machine.</summary>
        public string MachineId { get; set; }

        /// <summary>The energy without the fluence mode, for example "10X".</summary>
        public string EnergyModeId { get; set; }

        /// <summary>Monitor units a minute.</summary>
        public int DoseRate { get; set; }

        /// <summary>"STATIC", "ARC" and so on.</summary>
        public string TechniqueId { get; set; }

        /// <summary>Null, "", "SRS" or "FFF".</summary>
        public string PrimaryFluenceModeId { get; set; }
    }
}
