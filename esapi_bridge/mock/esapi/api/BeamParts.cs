using System.Collections.Generic;
using EsapiBridge.Mock;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>Something put into a beam.</summary>
    public abstract partial class AddOn : ApiDataObject
    {
        internal AddOn(PatientState patient, ObjectState state) : base(patient, state)
        {
        }
    }

    /// <summary>The multi-leaf collimator of a beam.</summary>
    public partial class MLC : AddOn
    {
        private const double HighDefinitionHalfLengthMm = 110.0;

        internal MLC(PatientState patient, BeamState beam) : base(patient, beam)
        {
        }

        private bool IsHighDefinition
        {
            get
            {
                double[] edges = ((BeamState)State).MlcBoundaries;
                return edges != null && edges[edges.Length - 1] <= HighDefinitionHalfLengthMm + 1;
            }
        }

        internal override string IdText { get { return IsHighDefinition ? "HD120" : "MLC120"; } }

        /// <summary>Model, by the length of the leaf bank; leaf widths are not part of the interface.</summary>
        public string Model
        {
            get { Reading(); return IsHighDefinition ? "Varian High Definition 120" : "Millennium 120"; }
        }

        /// <summary>Manufacturer.</summary>
        public string ManufacturerName { get { Reading(); return "Varian Medical Systems"; } }

        /// <summary>Serial number; the database holds none.</summary>
        public string SerialNumber { get { Reading(); return ""; } }
    }

    /// <summary>The machine of a beam.</summary>
    public partial class ExternalBeamTreatmentUnit : ApiDataObject
    {
        internal ExternalBeamTreatmentUnit(PatientState patient, BeamState beam) : base(patient, beam)
        {
        }

        internal override string IdText { get { return ((BeamState)State).Machine; } }

        /// <summary>Model code.</summary>
        public string MachineModel { get { Reading(); return "TDS"; } }

        /// <summary>Model name.</summary>
        public string MachineModelName { get { Reading(); return "TrueBeam"; } }

        /// <summary>Scale shown to users.</summary>
        public string MachineScaleDisplayName { get { Reading(); return "IEC61217"; } }

        /// <summary>Source-axis distance, mm.</summary>
        public double SourceAxisDistance { get { Reading(); return ((BeamState)State).SadMm; } }
    }

    /// <summary>The technique of a beam.</summary>
    public partial class Technique : ApiDataObject
    {
        internal Technique(PatientState patient, BeamState beam) : base(patient, beam)
        {
        }

        // Moving leaves do not make another technique: a sliding window is "STATIC" with an MLC plan type.
        internal override string IdText { get { return ((BeamState)State).IsArc ? "ARC" : "STATIC"; } }

#if ESAPI_18
        /// <summary>Whether the gantry turns.</summary>
        public bool IsArc { get { Reading(); return ((BeamState)State).IsArc; } }

        /// <summary>Whether the gantry stands.</summary>
        public bool IsStatic { get { Reading(); return !((BeamState)State).IsArc; } }
#endif
    }

    /// <summary>What a calculation wrote about a beam.</summary>
    public partial class BeamCalculationLog : SerializableObject
    {
        private readonly Beam _beam;
        private readonly LogState _log;

        internal BeamCalculationLog(Beam beam, LogState log)
        {
            _beam = beam;
            _log = log;
        }

        /// <summary>The beam.</summary>
        public Beam Beam { get { _beam.Reading(); return _beam; } }

        /// <summary>Which calculation.</summary>
        public string Category { get { _beam.Reading(); return _log.Category; } }

        /// <summary>The lines.</summary>
        public IEnumerable<string> MessageLines { get { _beam.Reading(); return _log.Lines.ToArray(); } }
    }
}
