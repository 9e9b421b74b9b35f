namespace System.Windows
{
    /// <summary>An element with a place, a size and data. It holds what it is told and is not drawn.</summary>
    public class FrameworkElement : UIElement
    {
        /// <summary>An element of no given size.</summary>
        public FrameworkElement()
        {
            Width = Height = double.NaN;
            MaxWidth = MaxHeight = double.PositiveInfinity;
            HorizontalAlignment = HorizontalAlignment.Stretch;
            VerticalAlignment = VerticalAlignment.Stretch;
        }

        /// <summary>Its window is about to be shown to the user.</summary>
        public event RoutedEventHandler Loaded;

        /// <summary>Its window was closed.</summary>
        public event RoutedEventHandler Unloaded;

        /// <summary>Its name.</summary>
        public string Name { get; set; }

        /// <summary>What it is about; bindings are not followed.</summary>
        public object DataContext { get; set; }

        /// <summary>Anything.</summary>
        public object Tag { get; set; }

        /// <summary>What is said when the pointer rests on it.</summary>
        public object ToolTip { get; set; }

        /// <summary>Wanted width, device-independent pixels; not a number: as wide as needed.</summary>
        public double Width { get; set; }

        /// <summary>Wanted height, device-independent pixels; not a number: as high as needed.</summary>
        public double Height { get; set; }

        /// <summary>Least width.</summary>
        public double MinWidth { get; set; }

        /// <summary>Least height.</summary>
        public double MinHeight { get; set; }

        /// <summary>Greatest width.</summary>
        public double MaxWidth { get; set; }

        /// <summary>Greatest height.</summary>
        public double MaxHeight { get; set; }

        /// <summary>Room around it.</summary>
        public Thickness Margin { get; set; }

        /// <summary>Where it stands across.</summary>
        public HorizontalAlignment HorizontalAlignment { get; set; }

        /// <summary>Where it stands upright.</summary>
        public VerticalAlignment VerticalAlignment { get; set; }

        /// <summary>Whether its window was shown.</summary>
        public bool IsLoaded { get; private set; }

        internal void Load()
        {
            if (!IsLoaded)
            {
                IsLoaded = true;
                if (Loaded != null)
                {
                    Loaded(this, new RoutedEventArgs { Source = this });
                }
            }
        }

        internal void Unload()
        {
            if (IsLoaded)
            {
                IsLoaded = false;
                if (Unloaded != null)
                {
                    Unloaded(this, new RoutedEventArgs { Source = this });
                }
            }
        }
    }
}
